#pragma once

#include "actors/otp/state_actor.hpp"

#include <utility>

namespace kv::otp {

/// A handler for a behavior that all actors of a kind share: it calls a method
/// of the state whose message this thread handles. A behavior of lambdas that
/// hold `this` is made anew for every actor, which counts where there are many:
/// a bucket's takes 320 bytes.
///
/// @code
/// handle_type::behavior_type make_behavior() {
///   static const auto shared = otp::direct_behavior<handle_type>(
///     otp::handler<&counter_state::add>{},
///     otp::handler<&counter_state::get>{});
///   return shared;
/// }
/// @endcode
///
/// Complexity: a thread-local read more than a lambda. Thread safety: any
/// number of actors on any threads.
template <auto Method>
class handler;

template <class State, class Result, class... Ts,
          Result (State::*Method)(Ts...)>
class handler<Method> {
public:
  Result operator()(Ts... xs) const {
    return (state_actor<State>::current().*Method)(std::forward<Ts>(xs)...);
  }
};

template <class State, class Result, class... Ts,
          Result (State::*Method)(Ts...) const>
class handler<Method> {
public:
  Result operator()(Ts... xs) const {
    return (state_actor<State>::current().*Method)(std::forward<Ts>(xs)...);
  }
};

} // namespace kv::otp
