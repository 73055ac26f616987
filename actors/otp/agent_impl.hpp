#pragma once

#include "actors/otp/agent.hpp"

#include <caf/response_promise.hpp>

// How the functions of an agent's users become messages.
// Invariant: whoever waits is answered once, by the function's result, by what
// it threw, or, if it never ran, by the end of the message.

namespace kv::otp {

namespace detail {

/// Delivers `f(x)` to a promise or a completion; what it throws goes there too,
/// and ends the agent.
template <class Answer, class F, class State>
void answer(Answer& to, F& f, State& x) {
  try {
    to.deliver(std::invoke(f, x));
  } catch (...) {
    to.deliver(to_error(std::current_exception()));
    throw;
  }
}

/// Makes a function of a `State&` that only reads.
template <class State, class F>
auto reading(F f) {
  return [f = std::move(f)](State& x) mutable -> decltype(auto) {
    return std::invoke(f, std::as_const(x));
  };
}

/// Makes a function of a `State&` whose result nobody wants.
template <class State, class F>
auto editing(F f) {
  return [f = std::move(f)](State& x) mutable {
    std::invoke(f, x);
    return caf::unit;
  };
}

/// What an agent answers to one call: a T. Its own type cannot say so, for it
/// runs functions of any result.
template <class State, class T>
using answering = caf::typed_actor<
  typename caf::replies_to<agent_call<State>>::template with<T>>;

/// Sends a request that runs `f` and is answered with its result, a T.
template <class T, class State, class Self, class F>
auto ask(const agent_actor<State>& hdl, Self* self, F f,
         const caf::duration& timeout) {
  return self->request(caf::actor_cast<answering<State, T>>(hdl), timeout,
                       agent_call<State>{
                         [f = std::move(f)](auto* me, State& x) mutable {
                           auto promise = me->make_response_promise();
                           answer(promise, f, x);
                         }});
}

/// Sends what `make` makes of a completion, and waits for a T.
template <class T, class State, class Make>
caf::expected<T> wait(const agent_actor<State>& hdl, const Make& make,
                      std::chrono::milliseconds timeout) {
  if (!hdl)
    return caf::make_error(ec::no_such_actor);
  auto& sys = caf::actor_cast<caf::abstract_actor*>(hdl)->home_system();
  return call_in_place<T>(sys, time_after(timeout),
                          [&](host_unit& unit, const completion<T>& done) {
                            unit.send(hdl, agent_call<State>{make(done)});
                          });
}

/// Runs `f`, whose result is a T, and waits for it.
template <class T, class State, class F>
caf::expected<T>
call(const agent_actor<State>& hdl, F f, std::chrono::milliseconds timeout) {
  auto make = [&f](const completion<T>& done) {
    return [f = std::move(f), done](auto* me, State& x) mutable {
      if (!done.drop_if_late(me->clock().now()))
        answer(done, f, x);
    };
  };
  return wait<T>(hdl, make, timeout);
}

} // namespace detail

template <class State>
caf::expected<agent<State>>
agent<State>::start(caf::actor_system& sys, std::function<State()> init) {
  start_report report;
  auto hdl = sys.spawn<state_actor<agent_state<State>>>(
    supervised{nullptr, &report}, std::move(init));
  if (report.failure)
    return report.failure;
  return agent{hdl};
}

template <class State>
template <reads<State> F>
caf::expected<result_of<F, const State&>>
agent<State>::get(F f, std::chrono::milliseconds timeout) const {
  return detail::call<result_of<F, const State&>>(
    hdl_, detail::reading<State>(std::move(f)), timeout);
}

template <class State>
template <edits<State> F>
caf::error agent<State>::update(F f, std::chrono::milliseconds timeout) const {
  auto done = detail::call<caf::unit_t>(hdl_,
                                        detail::editing<State>(std::move(f)),
                                        timeout);
  return done ? caf::error{} : done.error();
}

template <class State>
template <edits<State> F>
caf::expected<result_of<F, State&>>
agent<State>::get_and_update(F f, std::chrono::milliseconds timeout) const {
  return detail::call<result_of<F, State&>>(hdl_, std::move(f), timeout);
}

template <class State>
template <edits<State> F>
void agent<State>::cast(F f) const {
  if (hdl_)
    host_unit::send_with(nullptr, hdl_,
                         agent_call<State>{
                           [f = std::move(f)](auto*, State& x) mutable {
                             std::invoke(f, x);
                           }});
}

template <class State>
caf::error
agent<State>::stop(caf::error reason, std::chrono::milliseconds timeout) const {
  auto make = [&reason](const completion<caf::unit_t>& done) {
    return [reason, done](auto* me, State&) {
      me->attach_functor([done] { done.deliver(caf::unit); });
      me->quit(reason);
    };
  };
  auto ended = detail::wait<caf::unit_t>(hdl_, make, timeout);
  return ended ? caf::error{} : ended.error();
}

template <class State>
template <actor_like Self, reads<State> F>
auto agent<State>::get(Self* self, F f, const caf::duration& timeout) const {
  return detail::ask<result_of<F, const State&>>(
    hdl_, self, detail::reading<State>(std::move(f)), timeout);
}

template <class State>
template <actor_like Self, edits<State> F>
auto agent<State>::update(Self* self, F f, const caf::duration& timeout) const {
  return detail::ask<void>(hdl_, self, detail::editing<State>(std::move(f)),
                           timeout);
}

template <class State>
template <actor_like Self, edits<State> F>
auto agent<State>::get_and_update(Self* self, F f,
                                  const caf::duration& timeout) const {
  return detail::ask<result_of<F, State&>>(hdl_, self, std::move(f), timeout);
}

template <class State>
template <actor_like Self>
auto agent<State>::stop(Self* self, caf::error reason,
                        const caf::duration& timeout) const {
  return self->request(
    hdl_, timeout,
    agent_call<State>{[reason = std::move(reason)](auto* me, State&) {
      auto promise = me->make_response_promise();
      me->attach_functor([promise]() mutable { promise.deliver(caf::unit); });
      me->quit(reason);
    }});
}

} // namespace kv::otp
