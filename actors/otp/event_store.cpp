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
  table_.for_each([this](const event_entry& x) { events_.push_back({x}); });
  std::sort(events_.begin(), events_.end(),
            [](auto& x, auto& y) { return x.entry.number < y.entry.number; });
  for (auto& [x, told] : events_)
    if (x.origin.caller != 0)
      origins_.emplace(x.origin, x.number);
  if (!events_.empty())
    next_ = events_.back().entry.number + 1;
}

uint64_t event_store::append(const caf::message& payload,
                             const event_origin& origin) {
  auto n = next_;
  event_entry x{n, payload, {}};
  if (lasting()) {
    x.origin = origin;
    table_.insert(x);
    if (origin.caller != 0)
      origins_.insert_or_assign(origin, n);
  }
  events_.push_back({std::move(x)});
  ++next_;
  return n;
}

const caf::message& event_store::told(uint64_t n) {
  auto& x = events_[n - first()];
  if (x.told.empty())
    x.told = caf::make_message(atom::event_v, n) + x.entry.payload;
  return x.told;
}

std::optional<uint64_t> event_store::find(const event_origin& origin) const {
  if (!lasting())
    return std::nullopt;
  auto i = origins_.find(origin);
  return i == origins_.end() ? std::nullopt : std::optional{i->second};
}

void event_store::pop_front() {
  if (lasting() && events_.size() <= 1)
    return;
  auto& x = events_.front().entry;
  if (lasting()) {
    table_.erase(x.number);
    if (auto i = origins_.find(x.origin);
        i != origins_.end() && i->second == x.number)
      origins_.erase(i);
  }
  events_.pop_front();
}

} // namespace kv::otp
