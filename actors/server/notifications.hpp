#pragma once

#include "actors/kv/change_feed.hpp"
#include "actors/server/notify_flags.hpp"
#include "actors/server/pubsub.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::server {

/// Publishes what changes: names, if asked to, on Redis's keyspace channels,
/// and the registry's events on the channel `kv:events`. Lets one wait for such
/// an event. Thread safety: any thread.
class notifications {
public:
  static constexpr std::string_view events_channel = "kv:events";

  explicit notifications(pubsub& channels);

  /// Chooses what is published; nothing at first.
  void choose(notify_flags flags);

  notify_flags chosen() const;

  /// Someone who waits for an event: called once, with true when there is one,
  /// with false when it has been given up. Nobody is being called any more when
  /// `fire` returns, and what that would have needed has been let go.
  class waiter {
  public:
    /// @param first The least number of an event that is waited for.
    waiter(uint64_t first, std::function<void(bool)> f)
      : first_(first), f_(std::move(f)) {
      // nop
    }

    uint64_t first() const noexcept {
      return first_;
    }

    void fire(bool happened) {
      std::lock_guard guard{mtx_};
      if (auto f = std::exchange(f_, nullptr))
        f(happened);
    }

    /// Returns whether it has been called.
    bool fired() const {
      std::lock_guard guard{mtx_};
      return f_ == nullptr;
    }

  private:
    uint64_t first_;
    mutable std::mutex mtx_;
    std::function<void(bool)> f_;
  };

  /// Has a waiter fired with the next event that it waits for.
  /// Complexity: amortized O(1).
  void await_event(std::shared_ptr<waiter> x);

private:
  void on_change(const change& x);
  void on_event(const change& x);
  void fire_waiters(uint64_t number);

  pubsub& channels_;
  mutable std::mutex mtx_;
  notify_flags flags_;
  std::vector<std::shared_ptr<waiter>> waiters_;
  size_t enough_waiters_ = 0; ///< To look for those that have been given up.
  std::mutex choosing_;
  std::optional<change_subscription> changes_; ///< While flags want some.
  change_subscription events_;
};

} // namespace kv::server
