#include "actors/base/error.hpp"
#include "actors/otp/answer_by.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/event_manager_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

// What a manager is asked, and what it takes over from the one before it.
// event_handlers.cpp has who is told, event_telling.cpp what, and the
// invariants; event_swap.cpp how one handler follows another.

namespace kv::otp {

namespace {

caf::result<caf::ok_atom> answer(caf::error err) {
  if (err)
    return err;
  return caf::ok_atom_v;
}

} // namespace

event_manager_state::event_manager_state(handle_type::pointer self,
                                         event_manager_options options)
  : self_(self), options_(std::move(options)), log_(options_.events) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_error_handler([this](caf::error& err) { on_error(err); });
  std::vector<handler_entry> entries;
  options_.handlers.for_each(
    [&](const handler_entry& x) { entries.push_back(x); });
  std::sort(entries.begin(), entries.end(), [](auto& x, auto& y) {
    return std::pair{x.order, static_cast<bool>(x.heir_of)}
           < std::pair{y.order, static_cast<bool>(y.heir_of)};
  });
  now_ = {};
  for (auto& x : entries)
    take_over(x);
  for (auto& x : recipients_)
    go_on(*x);
}

event_manager_actor::behavior_type event_manager_state::make_behavior() {
  return otp::direct_behavior<handle_type>(
    [this](atom::add_handler, caf::actor& handler) {
      return answer(add(std::move(handler), {}));
    },
    [this](atom::add_handler, caf::actor& handler, caf::actor& owner) {
      return answer(add(std::move(handler), {.owner = std::move(owner)}));
    },
    [this](atom::add_handler, caf::actor& handler, handler_options& options) {
      return answer(add(std::move(handler), std::move(options)));
    },
    [this](atom::add_handler, caf::actor& handler,
           const completion<caf::unit_t>& done) {
      if (done.drop_if_late(self_->clock().now()))
        return;
      if (auto err = add(std::move(handler), {}))
        done.deliver(err);
      else
        done.deliver(caf::unit);
    },
    [this](atom::delete_handler,
           const caf::actor& handler) -> caf::result<caf::ok_atom> {
      now_ = {};
      auto* x = find(handler.address());
      if (x == nullptr)
        return caf::make_error(ec::no_such_actor);
      remove(*x, {});
      return caf::ok_atom_v;
    },
    [this](atom::swap_handler, const caf::actor& old, caf::actor& handler) {
      return answer(swap(old, std::move(handler)));
    },
    [this](atom::call_handler, const caf::actor& handler,
           const caf::message& request) { return call(handler, request); },
    [this](atom::which_handlers) {
      std::vector<caf::actor> result;
      // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
      for (auto i = recipients_.rbegin(); i != recipients_.rend(); ++i)
        if (!(*i)->leaving)
          result.push_back((*i)->entry.handler);
      return result;
    },
    [this](atom::notify, const caf::message& event) { notify(event); },
    [this](atom::sync_notify, uint64_t number, const caf::message& event) {
      return sync_notify(number, event);
    },
    [this](atom::lost) { tell_of_loss(); },
    [this](atom::ack, uint64_t n) {
      if (auto* x = sender())
        on_ack(*x, n);
    },
    [this](atom::state, const caf::message& state) { on_state(state); },
    [this](atom::deadline) { sweep(); });
}

void event_manager_state::show(inspection& out) const {
  auto late = std::count_if(recipients_.begin(), recipients_.end(),
                            [](auto& x) { return x->late; });
  out.state = "handlers: " + std::to_string(recipients_.size())
              + ", late: " + std::to_string(late)
              + ", last event: " + std::to_string(log_.next() - 1)
              + ", kept: " + std::to_string(log_.size())
              + ", to be acknowledged: " + std::to_string(outstanding_)
              + ", to be told: " + std::to_string(waiting_);
  out.monitoring = watched_.size();
}

bool event_manager_state::refuse(caf::type_erased_tuple& content,
                                 const caf::error& reason) {
  return refuse_with<caf::unit_t, atom::add_handler, caf::actor>(reason,
                                                                 content);
}

bool event_manager_state::may_drop(const caf::type_erased_tuple& content) {
  return content.match_elements<atom::notify, caf::message>();
}

// -- handlers -----------------------------------------------------------------

caf::result<caf::message>
event_manager_state::call(const caf::actor& handler,
                          const caf::message& request) {
  if (find(handler.address()) == nullptr)
    return caf::make_error(ec::no_such_actor);
  auto* element = self_->current_mailbox_element();
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(handler);
  ptr->enqueue(element->sender, element->mid, request, nullptr);
  // The handler answers; a promise that is not kept says nothing.
  return self_->make_response_promise<caf::message>();
}

event_manager_state::recipient*
event_manager_state::find(const caf::actor_addr& handler) {
  auto i = by_id_.find(handler.id());
  return i != by_id_.end() && i->second->entry.handler == handler ? i->second
                                                                  : nullptr;
}

event_manager_state::recipient* event_manager_state::sender() {
  auto& who = self_->current_sender();
  auto i = who ? by_id_.find(who->id()) : by_id_.end();
  return i != by_id_.end() && i->second->entry.handler == who ? i->second
                                                              : nullptr;
}

// -- what a manager before it had ---------------------------------------------

void event_manager_state::take_over(const handler_entry& entry) {
  auto& x = enter(entry);
  auto lasting = log_.lasting();
  auto& progress = *entry.progress;
  x.counts = lasting ? std::max(progress.owed.load(), log_.first())
                     : log_.next();
  auto next = lasting ? progress.next.load() : log_.next();
  if (next < log_.first()) {
    x.lost = next;
    x.lost_to = log_.first() - 1;
  }
  x.told = lasting ? progress.told.load() : 0;
  x.replay_to = x.told;
  if (auto* old = entry.heir_of ? find(entry.heir_of) : nullptr)
    old->leaving = true;
}

// Once it is known who is leaving.
void event_manager_state::go_on(recipient& x) {
  if (x.entry.heir_of) {
    if (find(x.entry.heir_of) != nullptr)
      ask_for_state(x);
    else
      inherit(x, {});
  }
  log_.for_each_from(x.counts, [&](auto& event) { offer(x, event); });
  pump(x);
}

} // namespace kv::otp
