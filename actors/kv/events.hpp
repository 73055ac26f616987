#pragma once

#include "actors/base/shared_text.hpp"
#include "actors/ets/cell.hpp"
#include "actors/kv/bucket.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace kv {

enum class event_kind : uint8_t { create, exit };

std::string to_string(event_kind x);

/// What the registry tells its event handlers, as
/// `(atom::event, uint64_t n, bucket_event)`.
struct bucket_event {
  uint64_t number = 0; ///< Ascending, without gaps, also across restarts.
  event_kind kind = event_kind::create;
  std::string name;
  bucket_actor bucket;
  caf::error reason;      ///< Why the bucket ended; none for `create`.
  bool replayed = false;  ///< May have been told before, with the same number.
  bool restarted = false; ///< Of `create`: with the data it had before.
};

/// A row of the event log.
struct logged_event {
  uint64_t number = 0;
  event_kind kind = event_kind::create;
  shared_text name;
  bucket_ref bucket;
  caf::error reason;
  ets::cell<bool> told; ///< All handlers have acknowledged it.
  bool restarted = false;
};

using event_table = ets::set<logged_event, &logged_event::number>;

/// The EVENT LOG is written before the names table changes, so that a registry
/// that dies in between loses no event: the next one redoes and tells what is
/// not marked told. It keeps all events that are not told, and the last `limit`
/// that are.
/// Thread safety: none; the table's readers may be anywhere.
class event_log {
public:
  static constexpr uint64_t default_limit = 1000;

  /// Takes over what `table` holds already.
  explicit event_log(ets::writer<event_table> table,
                     uint64_t limit = default_limit);

  /// Appends an event and returns its number. Complexity: O(1).
  uint64_t append(event_kind kind, shared_text name, bucket_ref bucket,
                  caf::error reason = {}, bool restarted = false);

  /// Has the numbers go on after this one, if they are not beyond it.
  void go_on_after(uint64_t number) noexcept;

  /// Marks an event told. Complexity: O(1) amortized.
  void mark_told(uint64_t number);

  /// Returns an event as it is told; nothing if the log does not have it.
  std::optional<bucket_event> find(uint64_t number) const;

  /// Returns the number of the last event, 0 before the first.
  uint64_t last() const noexcept {
    return next_ - 1;
  }

  /// Calls `f` with every event from the first that is not told on, in order.
  /// Complexity: O(log size).
  template <class F>
  void for_each_since_untold(F f) const {
    for (auto n = first_untold(); n < next_; ++n)
      table_.visit(n, f);
  }

private:
  uint64_t first_untold() const;

  void trim();

  ets::writer<event_table> table_;
  uint64_t limit_;
  uint64_t first_ = 1; ///< The log holds the events `first_` up to
  uint64_t next_ = 1;  ///< and without `next_`.
};

} // namespace kv

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::bucket_event)
