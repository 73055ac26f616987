#include "actors/otp/event_store.hpp"

#include "actors/base/atoms.hpp"

#include <caf/make_message.hpp>

#include <algorithm>
#include <utility>

// Invariant: `events_` are the events `first()` up to and without `next_`; the
// table, if there is one, has the same ones, and `origins_` those of a caller.

namespace kv::otp {

event_store::event_store(ets::writer<events_table> table)
  : table_(std::move(table)) {
  if (!lasting())
    return;
  table_.for_each([this](const event_entry& x) { events_.push_back(x); });
  std::sort(events_.begin(), events_.end(),
            [](auto& x, auto& y) { return x.number < y.number; });
  for (auto& x : events_)
    if (x.origin.caller != 0)
      origins_.emplace(x.origin, x.number);
  if (!events_.empty())
    next_ = events_.back().number + 1;
}

uint64_t event_store::append(const caf::message& payload,
                             const event_origin& origin) {
  auto n = next_;
  event_entry x{n, caf::make_message(atom::event_v, n) + payload, payload, {}};
  if (lasting()) {
    x.origin = origin;
    table_.insert(x);
    if (origin.caller != 0)
      origins_.insert_or_assign(origin, n);
  }
  events_.push_back(std::move(x));
  ++next_;
  return n;
}

std::optional<uint64_t> event_store::find(const event_origin& origin) const {
  auto i = origins_.find(origin);
  return i == origins_.end() ? std::nullopt : std::optional{i->second};
}

void event_store::pop_front() {
  if (lasting() && events_.size() <= 1)
    return;
  auto& x = events_.front();
  if (lasting()) {
    table_.erase(x.number);
    if (auto i = origins_.find(x.origin);
        i != origins_.end() && i->second == x.number)
      origins_.erase(i);
  }
  events_.pop_front();
}

} // namespace kv::otp
