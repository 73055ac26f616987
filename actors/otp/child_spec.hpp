#pragma once

#include "actors/otp/backoff.hpp"
#include "actors/otp/child_info.hpp"
#include "actors/otp/state_actor.hpp"

#include <caf/expected.hpp>
#include <caf/local_actor.hpp>
#include <caf/message.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace kv::otp {

/// When a child that ended is started again (OTP: `restart`).
enum class restart : uint8_t {
  permanent, ///< Always.
  transient, ///< Only after an abnormal end.
  temporary, ///< Never; its spec goes with it.
};

/// How a supervisor stops a child (OTP: `shutdown`): it asks, waits for the
/// deadline, then kills. Zero kills at once, `max` waits without limit.
struct shutdown {
  std::chrono::milliseconds deadline = std::chrono::seconds{5};

  static constexpr shutdown brutal_kill() {
    return {std::chrono::milliseconds::zero()};
  }

  static constexpr shutdown infinity() {
    return {std::chrono::milliseconds::max()};
  }
};

/// What a start function returns, and what `start_child` answers.
struct child {
  caf::strong_actor_ptr ptr = nullptr;
  bool reports = false;    ///< It tells its parent of its end by itself.
  caf::message info = {};  ///< For who asked for it (OTP: `{ok, Pid, Info}`).
  bool ignored = false;    ///< There is nothing to run (OTP: `ignore`).
  caf::error failure = {}; ///< The start failed; `ptr` ends by itself soon.

  /// Leaves the child stopped, without an error; a temporary one is forgotten.
  static child ignore() {
    child result;
    result.ignored = true;
    return result;
  }
};

/// Starts one child on behalf of the supervisor `parent`.
/// Errors: returns an error, or throws, if the child cannot be started.
using start_function
  = std::function<caf::expected<child>(caf::local_actor* parent)>;

/// Starts a `State` as a child: its constructor has run when this returns.
/// Errors: `ec::crashed` with the text of the exception its constructor threw.
template <class State, class... Ts>
caf::expected<child> start(caf::local_actor* parent, Ts&&... xs) {
  start_report report;
  supervised origin{caf::actor_cast<caf::strong_actor_ptr>(parent), &report};
  auto hdl = parent->template spawn<state_actor<State>>(
    std::move(origin), std::forward<Ts>(xs)...);
  if (report.failure && !report.ends_later)
    return report.failure;
  child result{caf::actor_cast<caf::strong_actor_ptr>(hdl), true};
  result.failure = std::move(report.failure);
  return result;
}

/// Returns a start function that starts a `State` with copies of `xs`.
template <class State, class... Ts>
start_function starts(Ts... xs) {
  return [=](caf::local_actor* parent) { return start<State>(parent, xs...); };
}

/// Says how to start, restart and stop one child (OTP: `child_spec`).
struct child_spec {
  std::string id; ///< Unique among the children; also the name it goes by.
  start_function start;
  otp::restart restart = otp::restart::permanent;
  otp::shutdown shutdown = {};
  child_type type = child_type::worker;
  bool significant = false; ///< See `auto_shutdown`; never with `permanent`.
  otp::backoff backoff = {};
  /// What ends the supervisor otherwise stops only this child: too many
  /// restarts, which are then counted for it alone. `restart_child` lifts that.
  bool quarantine = false;
};

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::child_spec)
