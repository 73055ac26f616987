#pragma once

#include "actors/kv/client.hpp"
#include "actors/kv/tree.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp> // whoever starts one needs both

#include <chrono>
#include <functional>

namespace kv {

/// The running application: starts the tree, ends it in order when it goes.
/// Must end before the actor system does. One per process, because its tables
/// have names.
class application {
public:
  /// Starts the tree; all of it has started when this returns.
  /// Errors: throws `failure`; `ets::error` if one runs already.
  explicit application(caf::actor_system& sys, tree_options options = {});

  application(const application&) = delete;

  application& operator=(const application&) = delete;

  /// Stops the tree and waits for its end.
  ~application();

  kv::client client() const;

  const otp::supervisor_actor& root() const noexcept {
    return root_;
  }

  const ets::reader<otp::names_table>& actors() const noexcept {
    return actors_reader_;
  }

  /// Calls `f` with the reason once the tree has ended, on some thread; at once
  /// if it has ended already.
  void on_end(std::function<void(const caf::error&)> f) const;

  /// Asks the tree to stop in order; does not wait.
  /// Thread safety: any thread.
  void stop() const;

  /// Waits for the tree's end; returns false if it lasts longer.
  bool wait(std::chrono::milliseconds timeout) const;

private:
  caf::actor_system* sys_;
  ets::owner<otp::names_table> actors_;
  ets::reader<otp::names_table> actors_reader_;
  tree_readers readers_;
  otp::supervisor_actor root_;
};

} // namespace kv
