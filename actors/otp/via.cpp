#include "actors/otp/via.hpp"

#include "actors/base/error.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/alive.hpp"
#include "actors/otp/overload.hpp"

#include <caf/message_id.hpp>

// Invariants
// I1  While `resolving_`, one answer of the resolver is under way, and what
//     arrives goes to the end of `waiting_`; otherwise `waiting_` is empty.
// I2  A request is in `asked_` from when it was passed on until it is answered,
//     or passed on again. It is answered once: by its receiver, by the reason
//     why there is none, or by our end.
// I3  This actor sends no requests of its own: whatever answers it gets belong
//     to those that it has passed on. They may be of any type, and CAF's
//     response handlers cannot take any, nor find one among many: they become
//     messages.

namespace kv::otp {

namespace {

/// What a receiver answered.
struct returned {
  uint64_t id;
  caf::message content;
};

/// What the resolver answered.
struct resolved {
  caf::expected<caf::strong_actor_ptr> to;
};

} // namespace

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::resolved)

namespace kv::otp {

resolver child_name(ets::reader<names_table> names,
                    const supervisor_actor& supervisor, std::string id) {
  resolver result;
  result.now = [names = std::move(names), id] {
    auto ptr = whereis<caf::strong_actor_ptr>(names, id);
    return is_alive(ptr) ? ptr : nullptr;
  };
  // Weak: a tree whose children use names would keep itself alive.
  auto parent = caf::actor_cast<caf::weak_actor_ptr>(supervisor);
  result.later = [parent,
                  id = std::move(id)](completion<caf::strong_actor_ptr> done) {
    if (auto ptr = parent.lock(); is_alive(ptr))
      host_unit::send_with(nullptr, caf::actor_cast<supervisor_actor>(ptr),
                           atom::await_v, id, std::move(done));
    else
      done.deliver(caf::make_error(ec::shutting_down));
  };
  return result;
}

// -- life ---------------------------------------------------------------------

via_actor::via_actor(caf::actor_config& cfg, resolver who)
  : super(cfg), who_(std::move(who)) {
  set_default_handler(
    [this](caf::scheduled_actor*,
           caf::message_view& x) -> caf::result<caf::message> {
      accept(x.move_content_to_message());
      return caf::message{};
    });
}

const char* via_actor::name() const {
  return "otp.via";
}

void via_actor::enqueue(caf::mailbox_element_ptr x, caf::execution_unit* unit) {
  if (x->mid.is_response()) {
    returned answer{x->mid.integer_value(), x->move_content_to_message()};
    x = caf::make_mailbox_element(std::move(x->sender), caf::make_message_id(),
                                  {}, std::move(answer));
  }
  super::enqueue(std::move(x), unit);
}

void via_actor::on_exit() {
  auto reason = caf::make_error(caf::sec::request_receiver_down);
  for (auto& x : std::exchange(waiting_, {}))
    x.answer.deliver(reason);
  for (auto& [id, x] : std::exchange(asked_, {}))
    x.answer.deliver(reason);
  who_ = {};
}

void via_actor::on_destroy() {
  // Nobody refers to us, and who ran us last may be gone, or busy elsewhere.
  context(nullptr);
  super::on_destroy();
}

caf::behavior via_actor::make_behavior() {
  return {
    [this](returned& x) { on_answer(x.id, x.content); },
    [this](const resolved& x) { on_resolved(x.to); },
  };
}

// -- messages -----------------------------------------------------------------

void via_actor::accept(caf::message content) {
  if (waiting_.size() >= most_waiting) {
    refuse();
    return;
  }
  parcel x{std::move(content), {}, {}, clock().now() + patience};
  if (current_message_id().is_request())
    x.answer = make_response_promise();
  else
    x.sender = current_sender();
  pass_on(std::move(x));
}

void via_actor::refuse() {
  if (current_message_id().is_request())
    make_response_promise().deliver(overload(waiting_.size()));
  else if (!std::exchange(dropping_, true))
    log::warn("nobody has the name that " + std::to_string(waiting_.size())
              + " messages wait for: those that follow are dropped");
}

void via_actor::pass_on(parcel x) {
  if (!resolving_)
    if (auto to = who_.now()) {
      deliver(to, std::move(x));
      return;
    }
  waiting_.push_back(std::move(x));
  resolve();
}

void via_actor::deliver(const caf::strong_actor_ptr& to, parcel x) {
  if (!x.answer.pending()) {
    to->enqueue(std::move(x.sender), caf::make_message_id(),
                std::move(x.content), context());
    return;
  }
  auto id = new_request_id(caf::message_priority::normal);
  auto content = x.content;
  asked_.emplace(id.response_id().integer_value(), std::move(x));
  to->enqueue(ctrl(), id, std::move(content), context());
}

void via_actor::on_answer(uint64_t id, caf::message& answer) {
  auto i = asked_.find(id);
  if (i == asked_.end())
    return;
  auto x = std::move(i->second);
  asked_.erase(i);
  if (!answer.match_elements<caf::error>()) {
    x.answer.deliver(std::move(answer));
    return;
  }
  auto& reason = answer.get_as<caf::error>(0);
  if (reason == caf::sec::request_receiver_down && clock().now() < x.until)
    pass_on(std::move(x));
  else
    x.answer.deliver(reason);
}

// -- names --------------------------------------------------------------------

void via_actor::resolve() {
  if (std::exchange(resolving_, true))
    return;
  auto self = caf::strong_actor_ptr{ctrl()};
  who_.later(completion<caf::strong_actor_ptr>::make(
    [self](caf::expected<caf::strong_actor_ptr> x) {
      self->enqueue(nullptr, caf::make_message_id(),
                    caf::make_message(resolved{std::move(x)}), nullptr);
    }));
}

void via_actor::on_resolved(const caf::expected<caf::strong_actor_ptr>& to) {
  resolving_ = false;
  dropping_ = false;
  // Who answers may be dead, or not know yet who is: ask until patience ends.
  auto again = to ? !is_alive(*to)
                  : to.error() == caf::sec::request_receiver_down;
  auto now = clock().now();
  std::deque<parcel> rest;
  for (auto& x : std::exchange(waiting_, {})) {
    if (again && now < x.until)
      rest.push_back(std::move(x));
    else if (to)
      deliver(*to, std::move(x));
    else
      x.answer.deliver(to.error());
  }
  waiting_ = std::move(rest);
  if (!waiting_.empty())
    resolve();
}

} // namespace kv::otp
