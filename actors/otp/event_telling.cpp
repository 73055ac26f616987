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
//     recipients that are not late, want it, and have not acknowledged it, with
//     n >= `counts`.
// I3  A recipient's outstanding numbers are ascending and below `next`, and at
//     most `window` many. What it wants from `next` on is in the log.
// I4  While a recipient that is not late has something outstanding, a sweep is
//     armed, and not for later than it becomes late.
// I5  Handlers and owners never run on the thread that runs the manager: they
//     may block, and it may be one that serves clients.
// I6  A handler that is being replaced has `next` at the largest number, and
//     stands before its heir, which has what it was not told.

namespace kv::otp {

void event_manager_state::tell(const caf::message& event,
                               std::optional<pending_event> waiting) {
  auto n = next_;
  log_.push_back(caf::make_message(atom::event_v, n) + event);
  ++next_;
  size_t missing = 0;
  for (auto& x : recipients_) {
    if (waiting && !x.late && x.next <= n && wants(x, log_.back()))
      ++missing;
  }
  if (waiting) {
    waiting->missing = missing + 1; // one of our own, settled at the end
    pending_.emplace(n, std::move(*waiting));
  }
  for (auto& x : recipients_)
    pump(x);
  while (log_.size() > log_size_)
    drop_oldest();
  remove_broken();
  if (pending_.contains(n))
    settle(n);
}

void event_manager_state::pump(recipient& x) {
  if (x.heir_of)
    return;
  auto handler = caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler);
  if (x.lost != 0 && has_room(x))
    anon_send_aside(handler,
                    caf::make_message(atom::lost_v, std::exchange(x.lost, 0),
                                      x.lost_to));
  while (x.next < next_ && has_room(x)) {
    auto n = x.next++;
    auto& event = logged(n);
    if (!wants(x, event))
      continue;
    if (x.outstanding.empty()) {
      x.since = self_->clock().now();
      arm(deadline_);
    }
    x.outstanding.push_back(n);
    send_aside(self_, handler, event);
  }
}

void event_manager_state::drop_oldest() {
  auto n = first_logged();
  for (auto& x : recipients_) {
    if (x.next > n)
      continue;
    x.next = n + 1;
    if (!wants(x, log_.front()))
      continue;
    if (!x.late && n >= x.counts)
      settle(n);
    if (x.entry.options && x.entry.options->remove_when_full)
      x.broken = caf::make_error(ec::overloaded);
    if (x.lost == 0)
      x.lost = n;
    x.lost_to = n;
  }
  log_.pop_front();
}

bool event_manager_state::wants(recipient& x, const caf::message& event) {
  if (!x.entry.options || !x.entry.options->filter)
    return true;
  if (x.broken)
    return false;
  try {
    return x.entry.options->filter(event.drop(2)); // the payload
  } catch (...) {
    x.broken = to_error(std::current_exception());
    return false;
  }
}

bool event_manager_state::has_room(const recipient& x) {
  return !x.entry.options || x.outstanding.size() < x.entry.options->window;
}

void event_manager_state::remove_broken() {
  for (size_t i = recipients_.size(); i-- > 0;)
    if (recipients_[i].broken)
      remove(recipients_.begin() + static_cast<ptrdiff_t>(i),
             caf::error{recipients_[i].broken});
}

// -- acknowledgements ---------------------------------------------------------

void event_manager_state::on_ack(uint64_t n) {
  auto i = sender();
  if (i == recipients_.end())
    return;
  auto& numbers = i->outstanding;
  auto pos = std::lower_bound(numbers.begin(), numbers.end(), n);
  if (pos == numbers.end() || *pos != n)
    return; // acknowledged before, or never told
  auto oldest = pos == numbers.begin();
  numbers.erase(pos);
  if (!i->late && n >= i->counts)
    settle(n);
  if (oldest)
    i->since = self_->clock().now();
  pump(*i);
  if (i->late && numbers.empty() && i->next >= next_) {
    i->late = false;
    i->counts = next_;
  }
  remove_broken();
}

void event_manager_state::release(recipient& x) {
  for (auto n : x.outstanding)
    if (n >= x.counts)
      settle(n);
  for (auto n = std::max(x.next, x.counts); n < next_; ++n)
    if (wants(x, logged(n)))
      settle(n);
}

void event_manager_state::settle(uint64_t n) {
  auto i = pending_.find(n);
  if (i == pending_.end() || --i->second.missing > 0)
    return;
  auto done = std::move(i->second);
  pending_.erase(i);
  done.promise.deliver(atom::told_v, done.callers_number);
}

// -- deadlines ----------------------------------------------------------------

void event_manager_state::sweep() {
  armed_ = false;
  auto now = self_->clock().now();
  auto next = clock::time_point::max(); // when one that waits becomes late
  std::vector<caf::actor_addr> mute;
  for (auto& x : recipients_) {
    if (x.late || (x.outstanding.empty() && !x.heir_of))
      continue;
    if (now - x.since < deadline_) {
      next = std::min(next, x.since + deadline_);
    } else if (x.heir_of) {
      mute.push_back(x.heir_of);
    } else {
      log::warn("event handler " + std::to_string(x.entry.id)
                + " is late and told asynchronously until it has caught up");
      release(x);
      x.late = true;
    }
  }
  for (auto& x : mute)
    if (auto i = find(x); i != recipients_.end())
      remove(i, caf::make_error(ec::timeout));
  if (next != clock::time_point::max())
    arm(next - now);
}

void event_manager_state::arm(clock::duration after) {
  if (std::exchange(armed_, true))
    return;
  self_->delayed_send(self_, after, atom::deadline_v);
}

} // namespace kv::otp
