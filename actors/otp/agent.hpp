#pragma once

#include "actors/base/in_place.hpp"
#include "actors/otp/agent_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/duration.hpp>
#include <caf/local_actor.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace kv::otp {

template <class F, class State>
concept reads = std::invocable<F&, const State&>;

template <class F, class State>
concept edits = std::invocable<F&, State&>;

template <class T>
concept actor_like = std::derived_from<T, caf::local_actor>;

template <class F, class Arg>
using result_of = std::decay_t<std::invoke_result_t<F&, Arg>>;

/// An agent, as its users see it:
///
///     auto total = otp::agent<int>::start(sys, [] { return 0; });
///     total->update([](int& x) { x += 2; });
///     auto now = total->get([](int x) { return x; }); // 2
///
/// Functions run in the agent, one at a time and in the order in which one
/// caller sent them; they must not block, nor call this very agent. A function
/// that throws ends the agent: its caller gets `ec::crashed` with the text, and
/// who is queued behind it `caf::sec::request_receiver_down`.
///
/// A handle ends with its agent: the next one under a supervisor has another,
/// and goes by the same name.
///
/// Complexity: that of the function, plus a message. Thread safety: any thread.
template <class State>
class agent {
public:
  /// How long a thread waits.
  static constexpr std::chrono::milliseconds default_timeout{5000};

  explicit agent(agent_actor<State> hdl = {}) : hdl_(std::move(hdl)) {
    // nop
  }

  /// Starts an agent that nobody supervises. For others see `agent_spec`.
  /// Errors: `ec::crashed` with the text of what `init` threw.
  static caf::expected<agent> start(caf::actor_system& sys,
                                    std::function<State()> init);

  const agent_actor<State>& actor() const noexcept {
    return hdl_;
  }

  friend bool operator==(const agent& x, const agent& y) noexcept {
    return x.hdl_ == y.hdl_;
  }

  // -- from a thread, not from within an actor --------------------------------
  // An agent that is idle runs on the calling thread; otherwise this waits.
  // Errors: also `ec::timeout`, after which the function does not begin any
  // more, but may be running, so it should own what it uses;
  // `ec::no_such_actor` if there is no agent at all.

  /// Returns `f(const State&)`.
  template <reads<State> F>
  caf::expected<result_of<F, const State&>>
  get(F f, std::chrono::milliseconds timeout = default_timeout) const;

  /// Calls `f(State&)`, which edits the state.
  template <edits<State> F>
  caf::error
  update(F f, std::chrono::milliseconds timeout = default_timeout) const;

  /// Returns `f(State&)`, which edits the state.
  template <edits<State> F>
  caf::expected<result_of<F, State&>>
  get_and_update(F f,
                 std::chrono::milliseconds timeout = default_timeout) const;

  /// Calls `f(State&)` some time, on another thread; nobody hears of a failure.
  template <edits<State> F>
  void cast(F f) const;

  /// Ends the agent, behind what was sent to it before; when this returns, it
  /// has ended, and who monitors it knows or is about to.
  caf::error stop(caf::error reason = {},
                  std::chrono::milliseconds timeout = default_timeout) const;

  // -- from an actor ----------------------------------------------------------
  // Requests: `.then(...)` gets the result, or the errors above, or
  // `caf::sec::request_timeout`. A result must be of a type that CAF may send.
  // CAF forgets no timeout before it has passed: thousands of requests a second
  // do better without.

  template <actor_like Self, reads<State> F>
  auto get(Self* self, F f, const caf::duration& timeout = caf::infinite) const;

  template <actor_like Self, edits<State> F>
  auto
  update(Self* self, F f, const caf::duration& timeout = caf::infinite) const;

  template <actor_like Self, edits<State> F>
  auto get_and_update(Self* self, F f,
                      const caf::duration& timeout = caf::infinite) const;

  template <actor_like Self>
  auto stop(Self* self, caf::error reason = {},
            const caf::duration& timeout = caf::infinite) const;

private:
  agent_actor<State> hdl_;
};

} // namespace kv::otp

#include "actors/otp/agent_impl.hpp"
