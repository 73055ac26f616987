#include "actors/otp/event_store.hpp"

#include "actors/base/atoms.hpp"

#include <caf/make_message.hpp>

#include <algorithm>
#include <utility>

// Invariant: `events_` are the events `first()` up to and without `next_`, each
// number in one entry; the table, if there is one, has the same ones, and
// `origins_` those of a caller.

namespace kv::otp {

event_store::event_store(ets::writer<events_table> table)
  : table_(std::move(table)) {
  if (!lasting())
    return;
  table_.for_each([this](const event_entry& x) { events_.push_back({x}); });
  std::sort(events_.begin(), events_.end(),
            [](auto& x, auto& y) { return x.entry.number < y.entry.number; });
  for (auto& x : events_)
    take_note_of(x.entry);
}

void event_store::take_note_of(const event_entry& x) {
  next_ = std::max(x.number, x.lost_to) + 1;
  losses_ += x.lost_to != 0 ? 1 : 0;
  if (x.origin.caller != 0)
    origins_.insert_or_assign(x.origin, x.number);
}

size_t event_store::search(uint64_t n) const {
  auto i = std::upper_bound(events_.begin(), events_.end(), n,
                            [](uint64_t number, auto& x) {
                              return number < x.entry.number;
                            });
  return static_cast<size_t>(i - events_.begin()) - 1;
}

uint64_t event_store::append(const caf::message& payload,
                             const event_origin& origin) {
  return append({next_, payload, lasting() ? origin : event_origin{}});
}

uint64_t event_store::append_lost(uint64_t count) {
  return append({next_, {}, {}, next_ + count - 1});
}

uint64_t event_store::append(event_entry x) {
  if (lasting())
    table_.insert(x);
  take_note_of(x);
  return events_.emplace_back(kept_event{std::move(x)}).entry.number;
}

const caf::message& event_store::told(uint64_t n) {
  auto& x = events_[position(n)];
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
  losses_ -= x.lost_to != 0 ? 1 : 0;
  if (lasting()) {
    table_.erase(x.number);
    if (auto i = origins_.find(x.origin);
        i != origins_.end() && i->second == x.number)
      origins_.erase(i);
  }
  events_.pop_front();
}

} // namespace kv::otp
