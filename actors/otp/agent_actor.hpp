#pragma once

#include "actors/otp/child_spec.hpp"
#include "actors/otp/direct_behavior.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace kv::otp {

template <class State>
struct agent_call;

/// An AGENT (Elixir: `Agent`) keeps a state and runs functions on it, one after
/// the other. One that throws ends the agent. Use it through `agent`.
template <class State>
using agent_actor = caf::typed_actor<
  // Runs a function, which by itself answers whoever waits for it.
  caf::reacts_to<agent_call<State>>>;

/// What an agent does with one message.
template <class State>
struct agent_call {
  std::function<void(typename agent_actor<State>::pointer self, State& x)> run;
};

/// A `State` may have a member function `void show(inspection& out) const`, see
/// `state_actor`.
template <class State>
class agent_state {
public:
  using handle_type = agent_actor<State>;

  static constexpr const char* name = "otp.agent";

  /// @param init Returns the first state; runs again at every restart.
  agent_state(typename handle_type::pointer self,
              const std::function<State()>& init)
    : self_(self), value_(init()) {
    // nop
  }

  typename handle_type::behavior_type make_behavior() {
    return direct_behavior<handle_type>(
      [this](agent_call<State>& call) { call.run(self_, value_); });
  }

  /// Shows a number as it is; anything else by its own `show`, if it has one.
  void show(inspection& out) const {
    if constexpr (requires { value_.show(out); })
      value_.show(out);
    else if constexpr (std::is_arithmetic_v<State>)
      out.state = std::to_string(value_);
  }

private:
  typename handle_type::pointer self_;
  State value_;
};

/// Returns the spec of an agent: under a supervisor it goes by `id`.
template <class State>
child_spec agent_spec(std::string id, std::function<State()> init,
                      otp::restart policy = otp::restart::permanent) {
  return {std::move(id), starts<agent_state<State>>(std::move(init)), policy};
}

} // namespace kv::otp

namespace caf {

template <class State>
struct allowed_unsafe_message_type<kv::otp::agent_call<State>>
  : std::true_type {};

} // namespace caf
