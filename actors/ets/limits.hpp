#pragma once

#include "actors/ets/expiring.hpp"
#include "actors/ets/last_use.hpp"
#include "actors/ets/limited_engine.hpp"
#include "actors/ets/owner.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>

// Tables that hold a number of rows, or of bytes, and no more:
//
//     struct page { std::string url; std::string text; ets::last_use used; };
//     using pages = ets::limited<ets::set<page, &page::url>,
//                                ets::evict_least_used<&page::used>>;
//
//     ets::owner<pages> table;
//     ets::set_limits(table, {.rows = 10'000});
//
// An insertion into a full table first evicts what has expired and then what
// the policy chooses among some rows at a random place; where that is nothing,
// it is refused with `full`. What replaces a row needs no room but for what it
// is larger by.

namespace kv::ets {

/// Nothing goes before it has expired: a full table refuses insertions.
struct evict_none {
  static constexpr bool evicts = false;

  template <class Row>
  static void touch(const Row&) noexcept {
    // nop
  }

  template <class Row>
  static bool may_go(const Row&) noexcept {
    return false;
  }

  template <class Row>
  static bool goes_before(const Row&, const Row&) noexcept {
    return false;
  }
};

/// The row goes that has not been looked up or written for the longest time.
/// `Member` is its `last_use`.
template <auto Member>
struct evict_least_used {
  static constexpr bool evicts = true;

  template <class Row>
  static void touch(const Row& x) noexcept {
    std::invoke(Member, x).touch();
  }

  template <class Row>
  static bool may_go(const Row&) noexcept {
    return true;
  }

  template <class Row>
  static bool goes_before(const Row& x, const Row& y) noexcept {
    return std::invoke(Member, x).seconds() < std::invoke(Member, y).seconds();
  }
};

/// The row goes that expires first; those that never expire stay. `Member` is
/// its deadline.
template <auto Member>
struct evict_soonest {
  static constexpr bool evicts = true;

  template <class Row>
  static void touch(const Row&) noexcept {
    // nop
  }

  template <class Row>
  static bool may_go(const Row& x) noexcept {
    return !std::invoke(Member, x).is_never();
  }

  template <class Row>
  static bool goes_before(const Row& x, const Row& y) noexcept {
    return std::invoke(Member, x) < std::invoke(Member, y);
  }
};

/// The table type `T` with limits, of which there are none at first.
///
/// Complexity: insertions read what the table holds, constant time; an eviction
/// looks at about 30 rows or, where few may go, at 256 more. Evicting by
/// last use, a lookup reads the clock and may write the row's last use.
/// Errors: whatever adds rows or bytes throws `full` where there is no room.
template <table T, class Policy>
struct limited {
  using row = typename T::row;
  using key_fn = typename T::key_fn;
  template <class Final>
  using engine_for = detail::limited_engine<T, Policy, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = T::kind;
  using key_view = typename T::key_view;
  using lookup_result = typename T::lookup_result;
};

/// A table that can have limits.
template <class T>
concept bounded = table<T> && requires {
  typename T::engine::eviction;
};

/// How much a table may hold.
struct limits {
  std::size_t rows = detail::room::unlimited;
  /// Of the rows with what they say they have allocated (`row_bytes.hpp`), not
  /// of the index that finds them.
  std::size_t bytes = detail::room::unlimited;
};

/// What a bounded table holds at one moment.
struct usage {
  limits most{};
  std::size_t rows = 0;
  std::size_t bytes = 0;
  /// Rows that have been evicted until now, and writes that were refused.
  std::uint64_t evicted = 0;
  std::uint64_t refused = 0;
};

/// Sets the limits of a table, and evicts what is above them as far as that may
/// go. The table never holds more, except that a batch counts what it replaces
/// as it was before, and a bag the groups of its rows afterwards.
///
/// Complexity: linear in what is evicted. Thread safety: any thread.
/// Errors: no_such_table.
template <bounded T>
void set_limits(const owner<T>& table, limits most) {
  detail::engine_of(table).set_bounds({most.rows, most.bytes});
}

/// Returns what a table holds, and may hold.
/// Complexity: constant. Thread safety: any thread. Errors: no_such_table.
template <bounded T>
usage usage_of(const read_operations<T>& table) {
  const auto& engine = detail::engine_of(table);
  const auto most = engine.bounds();
  return {.most = {most.rows, most.bytes},
          .rows = engine.size(),
          .bytes = engine.row_bytes(),
          .evicted = engine.evicted(),
          .refused = engine.refused()};
}

} // namespace kv::ets
