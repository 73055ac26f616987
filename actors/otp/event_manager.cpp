#include "actors/otp/event_manager.hpp"

#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/send.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <string>
#include <utility>

// Invariants
// I1  `recipients_` is `handlers_` in order of `order`; all of them and their
//     owners are monitored, each once.
// I2  Event n of `pending_` misses as many acknowledgements as there are
//     recipients that are not late and have n outstanding.
// I3  A recipient's outstanding numbers are ascending.
// I4  While a recipient that is not late has something outstanding, a sweep is
//     armed, and not for later than it becomes late.
// I5  Handlers and owners never run on the thread that runs the manager: they
//     may block, and it may be one that serves clients.

namespace kv::otp {

namespace {

caf::result<caf::ok_atom> answer(caf::error err) {
  if (err)
    return err;
  return caf::ok_atom_v;
}

} // namespace

event_manager_state::event_manager_state(handle_type::pointer self,
                                         ets::writer<handlers_table> handlers,
                                         clock::duration deadline)
  : self_(self), handlers_(std::move(handlers)), deadline_(deadline) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_error_handler([this](caf::error& err) { on_error(err); });
  handlers_.for_each([this](const handler_entry& x) {
    recipients_.push_back({x, {}, {}});
  });
  std::sort(recipients_.begin(), recipients_.end(),
            [](auto& x, auto& y) { return x.entry.order < y.entry.order; });
  for (auto& x : recipients_)
    watch(x.entry);
}

event_manager_actor::behavior_type event_manager_state::make_behavior() {
  return {
    [this](atom::add_handler, caf::actor& handler) {
      return answer(add(std::move(handler), nullptr));
    },
    [this](atom::add_handler, caf::actor& handler, caf::actor& owner) {
      return answer(add(std::move(handler), std::move(owner)));
    },
    [this](atom::add_handler, caf::actor& handler,
           const completion<caf::unit_t>& done) {
      if (auto err = add(std::move(handler), nullptr))
        done.deliver(err);
      else
        done.deliver(caf::unit);
    },
    [this](atom::delete_handler,
           const caf::actor& handler) -> caf::result<caf::ok_atom> {
      auto i = find(handler.address());
      if (i == recipients_.end())
        return caf::make_error(ec::no_such_actor);
      remove(i, {});
      return caf::ok_atom_v;
    },
    [this](atom::which_handlers) {
      std::vector<caf::actor> result;
      // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
      for (auto i = recipients_.rbegin(); i != recipients_.rend(); ++i)
        result.push_back(i->entry.handler);
      return result;
    },
    [this](atom::notify, const caf::message& event) { tell(event, {}); },
    [this](atom::sync_notify, uint64_t number,
           const caf::message& event) -> caf::result<atom::told, uint64_t> {
      auto promise = self_->make_response_promise<atom::told, uint64_t>();
      tell(event, {0, number, promise});
      return promise;
    },
    [this](atom::ack, uint64_t n) { on_ack(n); },
    [this](atom::deadline) { sweep(); },
  };
}

caf::error event_manager_state::add(caf::actor handler, caf::actor owner) {
  if (find(handler.address()) != recipients_.end())
    return caf::make_error(ec::already_present);
  auto order = recipients_.empty() ? 1 : recipients_.back().entry.order + 1;
  handler_entry entry{handler.id(), order, std::move(handler),
                      std::move(owner)};
  handlers_.insert(entry);
  watch(entry);
  recipients_.push_back({std::move(entry), {}, {}});
  return {};
}

void event_manager_state::watch(const handler_entry& x) {
  for (auto* who : {&x.handler, &x.owner})
    if (*who && watched_.emplace(who->id(), 0).first->second++ == 0)
      self_->monitor(*who);
}

void event_manager_state::unwatch(const handler_entry& x) {
  for (auto* who : {&x.handler, &x.owner})
    if (auto i = *who ? watched_.find(who->id()) : watched_.end();
        i != watched_.end() && --i->second == 0) {
      watched_.erase(i);
      self_->demonitor(*who);
    }
}

void event_manager_state::tell(const caf::message& event,
                               pending_event context) {
  auto n = first_ + pending_.size();
  auto msg = caf::make_message(atom::event_v, n) + event;
  for (auto& x : recipients_) {
    if (x.outstanding.empty())
      x.since = self_->clock().now();
    x.outstanding.push_back(n);
    if (!x.late)
      ++context.missing;
    send_aside(self_, caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler),
               msg);
  }
  pending_.push_back(std::move(context));
  if (pending_.back().missing == 0) {
    // Nobody to wait for: one more than missing, so that `settle` finishes it.
    ++pending_.back().missing;
    settle(n);
  }
  if (!recipients_.empty())
    arm(deadline_);
}

void event_manager_state::on_ack(uint64_t n) {
  auto i = find(caf::actor_cast<caf::actor_addr>(self_->current_sender()));
  if (i == recipients_.end())
    return;
  auto& numbers = i->outstanding;
  auto pos = std::lower_bound(numbers.begin(), numbers.end(), n);
  if (pos == numbers.end() || *pos != n)
    return; // acknowledged before, or never told
  auto oldest = pos == numbers.begin();
  numbers.erase(pos);
  if (!i->late)
    settle(n);
  if (numbers.empty())
    i->late = false;
  else if (oldest)
    i->since = self_->clock().now();
}

void event_manager_state::on_error(const caf::error& reason) {
  auto i = find(caf::actor_cast<caf::actor_addr>(self_->current_sender()));
  if (i == recipients_.end())
    return;
  // A handler need not care about every kind of event.
  if (reason == caf::sec::unexpected_message && !i->outstanding.empty())
    on_ack(i->outstanding.front());
  else
    remove(i, reason);
}

void event_manager_state::on_down(const caf::down_msg& msg) {
  if (auto i = find(msg.source); i != recipients_.end())
    remove(i, msg.reason);
  for (size_t i = recipients_.size(); i-- > 0;)
    if (recipients_[i].entry.owner == msg.source)
      remove(recipients_.begin() + static_cast<ptrdiff_t>(i), msg.reason);
}

void event_manager_state::remove(std::vector<recipient>::iterator pos,
                                 const caf::error& reason) {
  auto gone = std::move(*pos);
  recipients_.erase(pos);
  handlers_.erase(gone.entry.id);
  unwatch(gone.entry);
  if (!is_orderly(reason))
    log::warn("event handler " + std::to_string(gone.entry.id)
              + " was removed: " + describe(reason));
  // Without a sender: what the owner answers is no acknowledgement.
  if (gone.entry.owner)
    caf::actor_cast<caf::strong_actor_ptr>(gone.entry.owner)
      ->enqueue(nullptr, caf::make_message_id(),
                caf::make_message(atom::handler_exit_v,
                                  gone.entry.handler.address(), reason),
                nullptr);
  if (!gone.late)
    for (auto n : gone.outstanding)
      settle(n);
}

void event_manager_state::settle(uint64_t n) {
  auto& event = pending_[n - first_];
  if (--event.missing > 0)
    return;
  if (event.promise.pending())
    event.promise.deliver(atom::told_v, event.callers_number);
  trim();
}

void event_manager_state::trim() {
  while (!pending_.empty() && pending_.front().missing == 0) {
    pending_.pop_front();
    ++first_;
  }
}

void event_manager_state::sweep() {
  armed_ = false;
  auto now = self_->clock().now();
  auto next = clock::time_point::max(); // when one that waits becomes late
  for (auto& x : recipients_) {
    if (!x.late && !x.outstanding.empty() && now - x.since >= deadline_) {
      log::warn("event handler " + std::to_string(x.entry.id)
                + " is late and told asynchronously until it has caught up");
      x.late = true;
      for (auto n : x.outstanding)
        settle(n);
    }
    if (!x.late && !x.outstanding.empty())
      next = std::min(next, x.since + deadline_);
  }
  if (next != clock::time_point::max())
    arm(next - now);
}

void event_manager_state::arm(clock::duration after) {
  if (std::exchange(armed_, true))
    return;
  self_->delayed_send(self_, after, atom::deadline_v);
}

std::vector<event_manager_state::recipient>::iterator
event_manager_state::find(const caf::actor_addr& handler) {
  return std::find_if(recipients_.begin(), recipients_.end(),
                      [&](auto& x) { return x.entry.handler == handler; });
}

} // namespace kv::otp
