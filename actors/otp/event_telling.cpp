#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/answer_by.hpp"
#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/send.hpp"
#include "actors/otp/state_actor.hpp"

#include <algorithm>
#include <string>
#include <utility>

// Invariants
// I1  `recipients_` are the handlers in order of `order`; all of them and their
//     owners are monitored, each once.
// I2  Event n of `pending_` misses as many acknowledgements as there are
//     recipients that owe it, and is there while that is not zero.
// I3  A recipient's waiting and outstanding numbers are ascending, the waiting
//     ones after the others; at most `window` many are outstanding. The log has
//     those that wait.
// I4  While a recipient that is not late has something outstanding, a sweep is
//     armed, and not for later than it becomes late.
// I5  Handlers and owners never run on the thread that runs the manager, apart
//     from callbacks: they may block, and it may be one that serves clients.
// I6  A handler that is being replaced is `leaving`, and stands before its
//     heir, which gets what it was not told.
// I7  Progress is saved with every message sent, so that a successor marks what
//     it repeats.

namespace kv::otp {

void event_manager_state::notify(const caf::message& event) {
  tell(event, {});
  trim();
  remove_broken();
}

caf::result<atom::told, uint64_t>
event_manager_state::sync_notify(uint64_t number, const caf::message& event) {
  auto& caller = self_->current_sender();
  event_origin origin{caller ? caller->id() : 0, number};
  auto known = log_.find(origin);
  auto n = known ? *known : tell(event, origin);
  if (auto missing = count_debtors(n); missing == 0) {
    answer_now(self_, atom::told_v, number);
  } else {
    auto& x = pending_[n];
    x.missing = missing;
    x.waiting.push_back(
      {number, self_->make_response_promise<atom::told, uint64_t>()});
  }
  trim();
  remove_broken();
  return caf::delegated<atom::told, uint64_t>{};
}

uint64_t event_manager_state::tell(const caf::message& event,
                                   const event_origin& origin) {
  now_ = {};
  auto n = log_.append(event, origin);
  auto& entry = log_[n];
  for (auto& x : recipients_)
    offer(*x, entry);
  return n;
}

void event_manager_state::offer(recipient& x, const event_entry& event) {
  auto lost = event.lost_to != 0; // nobody knows who would have wanted it
  if (!x.leaving && (lost || wants(x, event.payload))) {
    if (x.waiting.empty() && x.has_room()) {
      deliver(x, event);
    } else {
      x.waiting.push_back(event.number);
      ++waiting_;
    }
  }
  save(x);
}

// Events that found the mailbox full take their numbers now, and everyone
// hears that they are lost where they would have heard of them.
void event_manager_state::tell_of_loss() {
  now_ = {};
  auto count = state_actor<event_manager_state>::take_dropped();
  if (count == 0)
    return;
  auto& lost = log_[log_.append_lost(count)];
  log::warn("an event manager has too much to do and lost the events "
            + std::to_string(lost.number) + " to "
            + std::to_string(lost.lost_to));
  for (auto& x : recipients_)
    offer(*x, lost);
  trim();
  remove_broken();
}

void event_manager_state::pump(recipient& x) {
  while (!x.waiting.empty() && x.has_room()) {
    auto n = x.waiting.front();
    x.waiting.pop_front();
    --waiting_;
    deliver(x, log_[n]);
  }
  announce(x, log_.next());
  save(x);
}

// Says what a handler lost, and what it may have had, before event `n`.
void event_manager_state::announce(recipient& x, uint64_t n) {
  if ((x.lost == 0 && x.replay_to == 0) || !x.has_room())
    return;
  auto handler = caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler);
  if (x.lost != 0)
    anon_send_aside(handler,
                    caf::make_message(atom::lost_v, std::exchange(x.lost, 0),
                                      x.lost_to));
  if (n <= x.replay_to)
    anon_send_aside(handler,
                    caf::make_message(atom::replayed_v, n, x.replay_to));
  x.replay_to = 0;
}

void event_manager_state::deliver(recipient& x, const event_entry& event) {
  auto n = event.number;
  if (event.lost_to != 0) {
    x.lost = x.lost != 0 ? x.lost : n;
    x.lost_to = event.lost_to;
    x.told = std::max(x.told, x.lost_to);
    announce(x, event.lost_to + 1);
    return;
  }
  announce(x, n);
  x.told = std::max(x.told, n);
  if (x.entry.options->callback) {
    call_back(x, event);
    return;
  }
  if (x.outstanding.empty()) {
    x.since = now();
    arm(options_.deadline);
  }
  x.outstanding.push_back(n);
  ++outstanding_;
  send_aside(self_, caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler),
             log_.told(n));
}

void event_manager_state::call_back(recipient& x, const event_entry& event) {
  try {
    x.entry.options->callback(event.number, event.payload);
  } catch (...) {
    set_broken(x, to_error(std::current_exception()));
  }
  settle(x, event.number);
}

bool event_manager_state::wants(recipient& x, const caf::message& event) {
  if (x.broken)
    return false;
  if (!x.entry.options->filter)
    return true;
  try {
    return x.entry.options->filter(event);
  } catch (...) {
    set_broken(x, to_error(std::current_exception()));
    return false;
  }
}

void event_manager_state::save(const recipient& x) const {
  if (!log_.lasting())
    return; // a successor has nothing to tell again
  auto next = x.waiting.empty() ? log_.next() : x.waiting.front();
  auto& progress = *x.entry.progress;
  progress.owed.store(x.outstanding.empty() ? next : x.outstanding.front());
  progress.next.store(x.lost != 0 ? x.lost : next);
  progress.told.store(x.told);
}

// -- what the log holds -------------------------------------------------------

void event_manager_state::trim() {
  if (log_.size() <= options_.history)
    return;
  auto needed = first_needed();
  auto least = std::max<size_t>(options_.history, log_.lasting() ? 1 : 0);
  auto most = std::max(least, options_.backlog + pending_.size());
  while (log_.size() > (log_.first() < needed ? least : most))
    drop_oldest();
}

uint64_t event_manager_state::first_needed() const {
  auto result = log_.next();
  if (log_.lasting()) {
    for (auto& x : recipients_)
      result = std::min(result, x->entry.progress->owed.load());
  } else if (waiting_ > 0) {
    for (auto& x : recipients_)
      if (!x->waiting.empty())
        result = std::min(result, x->waiting.front());
  }
  return result;
}

void event_manager_state::drop_oldest() {
  if (waiting_ > 0)
    lose_oldest();
  log_.pop_front();
}

// Whoever waits for the first event of the log has lost it.
void event_manager_state::lose_oldest() {
  auto n = log_.first();
  for (auto& x : recipients_) {
    if (x->waiting.empty() || x->waiting.front() != n)
      continue;
    x->waiting.pop_front();
    --waiting_;
    settle(*x, n);
    if (x->entry.options->remove_when_full)
      set_broken(*x, caf::make_error(ec::overloaded));
    if (x->lost == 0) {
      log::warn("event handler " + std::to_string(x->entry.id)
                + " is too slow and loses events from " + std::to_string(n));
      x->lost = n;
    }
    x->lost_to = std::max(n, log_[n].lost_to);
    save(*x);
  }
}

} // namespace kv::otp
