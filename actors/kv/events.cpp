#include "actors/kv/events.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace kv {

std::string to_string(event_kind x) {
  return x == event_kind::create ? "create" : "exit";
}

event_log::event_log(ets::writer<event_table> table, uint64_t limit)
  : table_(std::move(table)), limit_(std::max<uint64_t>(limit, 1)) {
  // The last event always stays, so the numbers go on where they stopped.
  auto first = std::numeric_limits<uint64_t>::max();
  uint64_t last = 0;
  table_.for_each([&](const logged_event& x) {
    first = std::min(first, x.number);
    last = std::max(last, x.number);
  });
  if (last != 0) {
    first_ = first;
    next_ = last + 1;
  }
}

uint64_t event_log::append(event_kind kind, shared_text name, bucket_ref bucket,
                           caf::error reason, bool restarted) {
  auto number = next_;
  table_.insert({number, kind, std::move(name), std::move(bucket),
                 std::move(reason), ets::cell<bool>{false}, restarted});
  ++next_;
  trim();
  return number;
}

void event_log::go_on_after(uint64_t number) noexcept {
  if (number < next_)
    return;
  if (first_ == next_)
    first_ = number + 1;
  next_ = number + 1;
}

void event_log::mark_told(uint64_t number) {
  table_.visit(number, [](const logged_event& x) { x.told.store(true); });
}

std::optional<bucket_event> event_log::find(uint64_t number) const {
  std::optional<bucket_event> result;
  table_.visit(number, [&](const logged_event& x) {
    result = bucket_event{x.number,       x.kind,   std::string{x.name.view()},
                          x.bucket.actor, x.reason, false,
                          x.restarted};
  });
  return result;
}

uint64_t event_log::first_untold() const {
  auto result = first_;
  for (; result < next_; ++result) {
    auto told = false;
    table_.visit(result, [&](const logged_event& x) { told = x.told.load(); });
    if (!told)
      break;
  }
  return result;
}

void event_log::trim() {
  while (next_ - first_ > limit_) {
    auto told = table_.erase_if(first_, [](const logged_event& x) {
      return x.told.load();
    });
    if (told == 0)
      return;
    ++first_;
  }
}

} // namespace kv
