#pragma once

#include "tests/support/catch.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace kv::test {

/// Runs actors on CAF's deterministic scheduler: nothing happens until a test
/// calls `run` or `step`, time only moves via `advance`. No sleeps, no flakes.
/// Thread safety: one thread.
class actor_fixture {
public:
  actor_fixture() : sys(configure(cfg_)), self(sys) {
    // nop
  }

  /// Processes messages until no actor has anything left to do.
  void run() {
    scheduler().run();
  }

  /// Lets one actor process what it has; returns false if none has anything.
  bool step() {
    return scheduler().try_run_once();
  }

  /// Lets this very actor process what it has, before those ahead of it.
  template <class Handle>
  bool step(const Handle& hdl) {
    return scheduler().prioritize(hdl) && scheduler().try_run_once();
  }

  /// Moves the clock and fires the timeouts in between, but runs nobody.
  void advance_clock(std::chrono::nanoseconds by) {
    scheduler().advance_time(std::chrono::duration_cast<caf::timespan>(by));
  }

  /// Moves the clock, firing the timeouts in between, and then runs.
  void advance(std::chrono::nanoseconds by) {
    advance_clock(by);
    run();
  }

  /// Returns the virtual time.
  auto now() {
    return scheduler().clock().now();
  }

  /// Sends a request and returns its answer; an error, or no answer once
  /// nothing has anything left to do, fails the test.
  template <class Result, class Handle, class... Ts>
  Result call(const Handle& hdl, Ts&&... xs) {
    auto result = try_call<Result>(hdl, std::forward<Ts>(xs)...);
    if (!result)
      FAIL(sys.render(result.error()));
    return std::move(*result);
  }

  /// The same, but returns the error.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> try_call(const Handle& hdl, Ts&&... xs) {
    auto response = self->request(hdl, caf::infinite, std::forward<Ts>(xs)...);
    run();
    if (self->mailbox().empty())
      FAIL("the request was never answered");
    std::optional<caf::expected<Result>> result;
    response.receive([&](Result& x) { result.emplace(std::move(x)); },
                     [&](caf::error& err) { result.emplace(std::move(err)); });
    return std::move(*result);
  }

  /// Ends an actor as if it crashed with `reason`.
  template <class Handle>
  void
  kill(const Handle& hdl, caf::exit_reason reason = caf::exit_reason::kill) {
    self->send_exit(hdl, reason);
    run();
  }

protected:
  /// Lets pending timeouts fire: each of them keeps its actor alive, and the
  /// actor system waits for the last actor. A derived fixture calls this in its
  /// destructor, while what its actors refer to still exists.
  void shutdown() {
    advance(std::chrono::hours(1));
  }

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg) {
    cfg.set("scheduler.policy", caf::atom("testing"));
    return cfg;
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  }

  caf::actor_system_config cfg_;

public:
  caf::actor_system sys;
  caf::scoped_actor self;
};

} // namespace kv::test
