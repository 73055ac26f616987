#pragma once

#include "actors/otp/event_tables.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/message.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace kv::otp {

/// The events an event manager still has, in order of their numbers; mirrored
/// in a table, if there is one, so that the next manager has them too. Events
/// that were lost before anybody had them are one entry with many numbers.
/// Thread safety: none.
class event_store {
public:
  /// Takes over what `table` holds already. Complexity: O(n log n).
  /// @param table May write to no table.
  explicit event_store(ets::writer<events_table> table);

  /// Returns whether a table keeps the events.
  bool lasting() const noexcept {
    return static_cast<bool>(table_);
  }

  /// Returns the number of the first event that is there.
  uint64_t first() const noexcept {
    return events_.empty() ? next_ : events_.front().entry.number;
  }

  /// Returns the number of the next event.
  uint64_t next() const noexcept {
    return next_;
  }

  size_t size() const noexcept {
    return events_.size();
  }

  /// Returns the entry with event `n`, which is there. Complexity: O(1);
  /// O(log n) while events are lost.
  const event_entry& operator[](uint64_t n) const {
    return events_[position(n)].entry;
  }

  /// Calls `f(entry)` for event `n`, or the first one that is there, and those
  /// that follow. `f` changes nothing here.
  template <class F>
  void for_each_from(uint64_t n, F f) const {
    if (n >= next_)
      return;
    for (auto i = n > first() ? position(n) : 0; i < events_.size(); ++i)
      f(events_[i].entry);
  }

  /// Returns event `n` as a handler gets it. Complexity: O(1); made once.
  const caf::message& told(uint64_t n);

  /// Adds an event and returns its number. Complexity: O(1).
  uint64_t append(const caf::message& payload, const event_origin& origin);

  /// Adds events that are lost, at least one, and returns the number of the
  /// first. Complexity: O(1).
  uint64_t append_lost(uint64_t count);

  /// Returns the number of the event of that origin; nothing if it is not
  /// there, or no table keeps the events. Complexity: O(1).
  std::optional<uint64_t> find(const event_origin& origin) const;

  /// Drops the first event. The last one of a table stays, for its number.
  /// Complexity: O(1).
  void pop_front();

private:
  struct hash_origin {
    size_t operator()(const event_origin& x) const noexcept {
      size_t result = 0;
      boost::hash_combine(result, x.caller);
      boost::hash_combine(result, x.number);
      return result;
    }
  };

  struct kept_event {
    event_entry entry;
    caf::message told = {}; ///< Empty until somebody gets it.
  };

  uint64_t append(event_entry x);

  size_t position(uint64_t n) const {
    return losses_ == 0 ? n - first() : search(n);
  }

  size_t search(uint64_t n) const;

  void take_note_of(const event_entry& x);

  ets::writer<events_table> table_;
  std::deque<kept_event> events_;
  boost::unordered_flat_map<event_origin, uint64_t, hash_origin> origins_;
  uint64_t next_ = 1;
  size_t losses_ = 0; ///< Entries of lost events.
};

} // namespace kv::otp
