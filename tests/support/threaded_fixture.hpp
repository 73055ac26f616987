#pragma once

#include "actors/base/awake_workers.hpp"
#include "actors/base/error.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/expectations.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace kv::test {

/// Runs actors on real threads, with the interface of `actor_fixture` as far as
/// that makes sense there. Nothing sleeps: what a test waits for has a deadline
/// of far more than it should take.
/// Thread safety: one thread.
class threads {
public:
  static constexpr std::chrono::seconds patience{20};

  threads() : sys(configure(cfg_)), self(sys) {
    // nop
  }

  /// Does nothing: actors run by themselves here.
  void run() {
    // nop
  }

  /// Sends a request and returns its answer; an error fails the test.
  template <class Result, class Handle, class... Ts>
  Result call(const Handle& hdl, Ts&&... xs) {
    auto result = try_call<Result>(hdl, std::forward<Ts>(xs)...);
    if (!result)
      FAIL(describe(result.error()));
    return std::move(*result);
  }

  /// The same, but returns the error; no answer in time is one.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> try_call(const Handle& hdl, Ts&&... xs) {
    std::optional<caf::expected<Result>> result;
    self->request(hdl, patience, std::forward<Ts>(xs)...)
      .receive([&](Result& x) { result.emplace(std::move(x)); },
               [&](caf::error& err) { result.emplace(std::move(err)); });
    return std::move(*result);
  }

  /// Ends an actor with `reason`.
  template <class Handle>
  void
  kill(const Handle& hdl, caf::exit_reason reason = caf::exit_reason::kill) {
    self->send_exit(hdl, reason);
  }

protected:
  void end() {
    // nop
  }

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg) {
    use_awake_workers(cfg);
    cfg.set("scheduler.max-threads", std::size_t{4});
    return cfg;
  }

  caf::actor_system_config cfg_;

public:
  caf::actor_system sys;
  caf::scoped_actor self;
};

/// What most tests on real threads start from.
using threaded_fixture = expectations<threads>;

} // namespace kv::test
