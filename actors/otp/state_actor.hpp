#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/nested_run.hpp"
#include "actors/otp/mailbox_run.hpp"
#include "actors/otp/observed.hpp"
#include "actors/otp/overload.hpp"
#include "actors/otp/running.hpp"
#include "actors/otp/supervised.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/default_attachable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_view.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace kv::otp {

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
/// A state may provide:
/// - `caf::error start_failure()`: an error says that the start has failed, and
///   that the actor ends by itself soon;
/// - `void show(inspection& out) const`: what it says when it is looked into;
/// - `uint32_t mailbox_limit() const`, asked once, and `static bool
///   refuse(caf::type_erased_tuple& content, const caf::error& reason)`: see
///   `refuse_request`;
/// - `static bool may_drop(const caf::type_erased_tuple& content)`: what is
///   dropped beyond that limit. Where the first one would be in the mailbox is
///   the message `(atom::lost)`; `take_dropped` says how many there were;
/// - `static constexpr bool answers_at_once = true`, if its work is short: who
///   sends it a request from a worker runs it in place, see `nested_run`.
template <class State>
class state_actor final : public actor_base<typename State::handle_type>::type,
                          public observed {
public:
  using super = typename actor_base<typename State::handle_type>::type;

  template <class... Ts>
  explicit state_actor(caf::actor_config& cfg, Ts&&... xs)
    : super(cfg), observed(this->clock().now()) {
    construct(std::forward<Ts>(xs)...);
  }

  template <class... Ts>
  state_actor(caf::actor_config& cfg, supervised origin, Ts&&... xs)
    : super(cfg),
      observed(this->clock().now()),
      parent_(std::move(origin.parent)) {
    construct(std::forward<Ts>(xs)...);
    if (!state_) {
      parent_ = nullptr;
      origin.report->failure = this->fail_state_;
    } else if constexpr (requires { state_->start_failure(); }) {
      origin.report->failure = state_->start_failure();
      origin.report->ends_later = static_cast<bool>(origin.report->failure);
    }
  }

  /// Returns the state whose handler this thread runs.
  /// @pre It runs one of such an actor.
  static State& current() noexcept {
    return *static_cast<state_actor&>(running::innermost()).state_;
  }

  /// Returns how many messages to the actor that this thread runs were dropped
  /// since the last call.
  /// @pre It runs one of such an actor.
  static uint32_t take_dropped() noexcept {
    return static_cast<state_actor&>(running::innermost())
      .observed::take_dropped();
  }

  const char* name() const override {
    return State::name;
  }

  void on_exit() override {
    end_watch();
    state_.reset();
  }

  using super::enqueue;

  // Runs on the sender's thread.
  void enqueue(caf::mailbox_element_ptr x, caf::execution_unit* unit) override {
    if (full() && refuse(*x, unit))
      return;
    count_in();
    if constexpr (requires { State::answers_at_once; }) {
      if (x->mid.is_request()) {
        nested_run here{unit};
        super::enqueue(std::move(x), here.unit());
        return;
      }
    }
    super::enqueue(std::move(x), unit);
  }

  caf::resumable::resume_result resume(caf::execution_unit* unit,
                                       size_t most) override {
    return has_streams(*this) ? super::resume(unit, most)
                              : run_mailbox(*this, unit, most);
  }

  using super::consume;

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    const running here{*this, &x};
    take(x);
    if (x.mid.is_urgent_message() && answer(*this, x))
      return caf::invoke_message_result::consumed;
    auto result = super::consume(x);
    if (result == caf::invoke_message_result::skipped)
      put_back();
    return result;
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
    const running here{*this, nullptr};
    install_handlers();
    try {
      state_.emplace(this, std::forward<Ts>(xs)...);
      if constexpr (requires { state_->mailbox_limit(); })
        limit(state_->mailbox_limit());
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

  bool refuse(caf::mailbox_element& x, caf::execution_unit* unit) {
    auto reason = overload(waiting());
    if (refuse_request(this->ctrl(), x, reason, unit))
      return true;
    if (!x.mid.is_async())
      return false;
    if constexpr (requires { State::refuse(x.content(), reason); })
      if (State::refuse(x.content(), reason))
        return true;
    if constexpr (requires { State::may_drop(x.content()); })
      if (State::may_drop(x.content())) {
        if (drop()) {
          count_in();
          super::enqueue(caf::make_mailbox_element(
                           nullptr, caf::make_message_id(), {}, atom::lost_v),
                         unit);
        }
        return true;
      }
    return false;
  }

  void describe(inspection& out) override {
    out.id = this->id();
    out.name = State::name;
    out.parent = parent_ ? parent_->id() : 0;
    out.monitored_by = count_monitors();
    if constexpr (requires { state_->show(out); })
      if (state_)
        state_->show(out);
  }

  uint64_t count_monitors() {
    std::lock_guard guard{this->mtx_};
    uint64_t result = 0;
    for (auto* x = this->attachables_head_.get(); x; x = x->next.get())
      result += dynamic_cast<caf::default_attachable*>(x) != nullptr ? 1 : 0;
    return result;
  }

  void install_handlers() {
    this->set_exception_handler(
      [this](caf::scheduled_actor* self, std::exception_ptr& x) {
        return crash_of(self, waiting(), x);
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
