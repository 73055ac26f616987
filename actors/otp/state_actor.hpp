#pragma once

#include "actors/base/error.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace kv::otp {

/// What kept an actor from starting, if anything did.
struct start_report {
  caf::error failure;
  bool ends_later = false; ///< It still has to stop what it had started.
};

/// Says who started an actor. The actor reports its end to `parent` with a
/// `caf::down_msg`, just as a monitor would, at the price of one pointer; one
/// whose constructor throws fills `*report` instead, unless it ends later.
struct supervised {
  caf::strong_actor_ptr parent;
  start_report* report = nullptr;
};

/// Returns what an exception says as an error of code `ec::crashed`.
caf::error to_error(const std::exception_ptr& x);

/// The same for an exception that has left a handler of `self`, with the
/// details of what it was doing; reports the crash to the log.
caf::error crash_of(caf::scheduled_actor* self, const std::exception_ptr& x);

/// Returns what a `state_actor` answers to a message it has no clause for: an
/// acknowledgement to an event, `caf::sec::unexpected_message` to the rest.
caf::result<caf::message> answer_unexpected(const caf::message_view& x);

/// Maps a handle type to the class of actors that CAF runs behind it.
template <class Handle>
struct actor_base {
  using type = typename Handle::base;
};

template <>
struct actor_base<caf::actor> {
  using type = caf::event_based_actor;
};

/// Runs a plain class as an actor. `State` provides `handle_type`, a
/// constructor `State(handle_type::pointer self, args...)`, `make_behavior()`
/// and `name`. The constructor is OTP's `init`: it runs in the spawner.
///
/// This is the CAF 1.x style (`caf::actor_from_state`) for CAF 0.17: state has
/// constructor invariants, and dies with the actor, which breaks handle cycles.
/// An uncaught exception ends the actor with `ec::crashed`; messages and errors
/// that nobody asked for are dropped, as a `gen_server` does. Events count as
/// acknowledged, so that a handler need not care about every kind.
///
/// A constructor that throws never throws in the spawner, because others may
/// hold the actor's address by then: the actor ends at once with `ec::crashed`,
/// which `otp::start` returns, and a monitor reports.
///
/// A state may provide `caf::error start_failure()`: an error says that the
/// start has failed, and that the actor ends by itself soon.
template <class State>
class state_actor final : public actor_base<typename State::handle_type>::type {
public:
  using super = typename actor_base<typename State::handle_type>::type;

  template <class... Ts>
  explicit state_actor(caf::actor_config& cfg, Ts&&... xs) : super(cfg) {
    construct(std::forward<Ts>(xs)...);
  }

  template <class... Ts>
  state_actor(caf::actor_config& cfg, supervised origin, Ts&&... xs)
    : super(cfg), parent_(std::move(origin.parent)) {
    construct(std::forward<Ts>(xs)...);
    if (!state_) {
      parent_ = nullptr;
      origin.report->failure = this->fail_state_;
    } else if constexpr (requires { state_->start_failure(); }) {
      origin.report->failure = state_->start_failure();
      origin.report->ends_later = static_cast<bool>(origin.report->failure);
    }
  }

  const char* name() const override {
    return State::name;
  }

  void on_exit() override {
    state_.reset();
  }

  void on_destroy() override {
    // Nobody refers to us, and who ran us last may be gone, or busy elsewhere.
    this->context(nullptr);
    super::on_destroy();
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    auto parent = std::move(parent_);
    auto copy = parent ? reason : caf::error{};
    auto result = super::cleanup(std::move(reason), host);
    if (result && parent)
      parent->enqueue(nullptr, caf::make_message_id(),
                      caf::make_message(
                        caf::down_msg{this->address(), std::move(copy)}),
                      host);
    return result;
  }

private:
  // The storage must not vanish when the constructor of the state throws.
  template <class... Ts>
  void construct(Ts&&... xs) {
    install_handlers();
    try {
      state_.emplace(this, std::forward<Ts>(xs)...);
    } catch (...) {
      state_.reset();
      this->fail_state_ = to_error(std::current_exception());
    }
  }

  typename super::behavior_type make_behavior() override {
    if (state_)
      return state_->make_behavior();
    this->quit(std::move(this->fail_state_));
    if constexpr (std::is_same_v<super, caf::event_based_actor>)
      return {};
    else
      return super::behavior_type::make_empty_behavior();
  }

  void install_handlers() {
    this->set_exception_handler(
      [](caf::scheduled_actor* self, std::exception_ptr& x) {
        return crash_of(self, x);
      });
    this->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
    this->set_default_handler([](caf::scheduled_actor*, caf::message_view& x) {
      return answer_unexpected(x);
    });
  }

  std::optional<State> state_;
  caf::strong_actor_ptr parent_;
};

} // namespace kv::otp
