#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/event_manager_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

// Who has acknowledged what, and who is late; see event_telling.cpp for the
// invariants.

namespace kv::otp {

namespace {

bool contains(const std::deque<uint64_t>& numbers, uint64_t n) {
  return !numbers.empty()
         && (numbers.back() == n
             || std::binary_search(numbers.begin(), numbers.end(), n));
}

} // namespace

// -- acknowledgements ---------------------------------------------------------

size_t event_manager_state::count_debtors(uint64_t n) const {
  if (outstanding_ + waiting_ == 0)
    return 0;
  auto count = std::count_if(recipients_.begin(), recipients_.end(),
                             [n](auto& x) { return owes(*x, n); });
  return static_cast<size_t>(count);
}

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
  now_ = {};
  if (oldest && !(numbers.empty() && x.waiting.empty()))
    x.since = now();
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
  if (pending_.empty() || x.late || n < x.counts)
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
  now_ = {};
  auto next = clock::time_point::max(); // when one that waits becomes late
  std::vector<caf::actor_addr> mute;
  for (auto& x : recipients_) {
    auto is_heir = static_cast<bool>(x->entry.heir_of);
    if (x->late || (x->outstanding.empty() && !is_heir))
      continue;
    if (now() - x->since < options_.deadline) {
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
    arm(next - now());
  trim();
  remove_broken();
}

event_manager_state::clock::time_point event_manager_state::now() {
  if (now_ == clock::time_point{})
    now_ = self_->clock().now();
  return now_;
}

void event_manager_state::arm(clock::duration after) {
  if (std::exchange(armed_, true))
    return;
  self_->delayed_send(self_, after, atom::deadline_v);
}

} // namespace kv::otp
