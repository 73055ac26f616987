#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
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

namespace {

bool contains(const std::deque<uint64_t>& numbers, uint64_t n) {
  return !numbers.empty()
         && (numbers.back() == n
             || std::binary_search(numbers.begin(), numbers.end(), n));
}

} // namespace

void event_manager_state::notify(const caf::message& event) {
  tell(event, {});
  trim();
  remove_broken();
}

caf::result<atom::told, uint64_t>
event_manager_state::sync_notify(uint64_t number, const caf::message& event) {
  auto& caller = self_->current_sender(); // the promise takes it
  event_origin origin{caller ? caller->id() : 0, number};
  auto promise = self_->make_response_promise<atom::told, uint64_t>();
  auto known = log_.find(origin);
  auto n = known ? *known : tell(event, origin);
  auto missing
    = static_cast<size_t>(std::count_if(recipients_.begin(), recipients_.end(),
                                        [n](auto& x) { return owes(*x, n); }));
  if (missing == 0) {
    promise.deliver(atom::told_v, number);
  } else {
    auto& x = pending_[n];
    x.missing = missing;
    x.waiting.push_back({number, promise});
  }
  trim();
  remove_broken();
  return promise;
}

uint64_t event_manager_state::tell(const caf::message& event,
                                   const event_origin& origin) {
  now_ = self_->clock().now();
  auto n = log_.append(event, origin);
  for (auto& x : recipients_)
    offer(*x, n);
  return n;
}

void event_manager_state::offer(recipient& x, uint64_t n) {
  if (!x.leaving && wants(x, log_[n].payload)) {
    if (x.waiting.empty() && x.has_room()) {
      deliver(x, n);
    } else {
      x.waiting.push_back(n);
      ++waiting_;
    }
  }
  save(x);
}

void event_manager_state::pump(recipient& x) {
  while (!x.waiting.empty() && x.has_room()) {
    auto n = x.waiting.front();
    x.waiting.pop_front();
    --waiting_;
    deliver(x, n);
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

void event_manager_state::deliver(recipient& x, uint64_t n) {
  announce(x, n);
  x.told = std::max(x.told, n);
  auto& event = log_[n];
  if (auto& callback = x.entry.options->callback) {
    try {
      callback(n, event.payload);
    } catch (...) {
      x.broken = to_error(std::current_exception());
    }
    settle(x, n);
    return;
  }
  if (x.outstanding.empty()) {
    x.since = now_;
    arm(options_.deadline);
  }
  x.outstanding.push_back(n);
  ++outstanding_;
  send_aside(self_, caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler),
             event.event);
}

bool event_manager_state::wants(recipient& x, const caf::message& event) {
  if (x.broken)
    return false;
  if (!x.entry.options->filter)
    return true;
  try {
    return x.entry.options->filter(event);
  } catch (...) {
    x.broken = to_error(std::current_exception());
    return false;
  }
}

void event_manager_state::save(const recipient& x) const {
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
  auto n = log_.first();
  for (auto& x : recipients_) {
    if (x->waiting.empty() || x->waiting.front() != n)
      continue;
    x->waiting.pop_front();
    --waiting_;
    settle(*x, n);
    if (x->entry.options->remove_when_full)
      x->broken = caf::make_error(ec::overloaded);
    if (x->lost == 0) {
      log::warn("event handler " + std::to_string(x->entry.id)
                + " is too slow and loses events from " + std::to_string(n));
      x->lost = n;
    }
    x->lost_to = n;
    save(*x);
  }
  log_.pop_front();
}

// -- acknowledgements ---------------------------------------------------------

bool event_manager_state::owes(const recipient& x, uint64_t n) {
  return !x.late && n >= x.counts
         && (contains(x.outstanding, n) || contains(x.waiting, n));
}

void event_manager_state::on_ack(recipient& x, uint64_t n) {
  auto& numbers = x.outstanding;
  auto pos = std::lower_bound(numbers.begin(), numbers.end(), n);
  if (pos == numbers.end() || *pos != n)
    return; // acknowledged before, or never told
  auto oldest = pos == numbers.begin();
  numbers.erase(pos);
  --outstanding_;
  settle(x, n);
  if (!x.waiting.empty() || (oldest && !numbers.empty())) {
    now_ = self_->clock().now();
    x.since = oldest ? now_ : x.since;
  }
  pump(x);
  if (x.late && numbers.empty() && x.waiting.empty()) {
    x.late = false;
    x.counts = log_.next();
  }
  if (outstanding_ == 0)
    trim();
  remove_broken();
}

// Nobody waits for what `x` owes any more.
void event_manager_state::release(recipient& x) {
  for (auto* numbers : {&x.outstanding, &x.waiting})
    for (auto n : *numbers)
      settle(x, n);
  x.late = true;
}

// `x` does not owe event `n` any more.
void event_manager_state::settle(const recipient& x, uint64_t n) {
  if (x.late || n < x.counts)
    return;
  auto i = pending_.find(n);
  if (i == pending_.end() || --i->second.missing > 0)
    return;
  auto done = std::move(i->second.waiting);
  pending_.erase(i);
  for (auto& who : done)
    who.promise.deliver(atom::told_v, who.number);
}

// -- deadlines ----------------------------------------------------------------

void event_manager_state::sweep() {
  armed_ = false;
  now_ = self_->clock().now();
  auto next = clock::time_point::max(); // when one that waits becomes late
  std::vector<caf::actor_addr> mute;
  for (auto& x : recipients_) {
    auto is_heir = static_cast<bool>(x->entry.heir_of);
    if (x->late || (x->outstanding.empty() && !is_heir))
      continue;
    if (now_ - x->since < options_.deadline) {
      next = std::min(next, x->since + options_.deadline);
    } else if (is_heir) {
      mute.push_back(x->entry.heir_of);
    } else {
      log::warn("event handler " + std::to_string(x->entry.id)
                + " is late and told asynchronously until it has caught up");
      release(*x);
    }
  }
  for (auto& x : mute)
    if (auto* late = find(x))
      remove(*late, caf::make_error(ec::timeout));
  if (next != clock::time_point::max())
    arm(next - now_);
  trim();
  remove_broken();
}

void event_manager_state::arm(clock::duration after) {
  if (std::exchange(armed_, true))
    return;
  self_->delayed_send(self_, after, atom::deadline_v);
}

} // namespace kv::otp
