#pragma once

#include "actors/ets/core.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets::detail {

// What every engine keeps to:
//
// 1. Rows are immutable from the moment they can be seen to their destruction.
//    A reference to a row is good until the visitor that got it returns.
// 2. Readers take no lock and wait for no writer. Whatever a call shows of one
//    key (the one row of a set, all rows of a bag) was true at one moment.
// 3. Functions that are passed in (visitors, predicates, changes) and the
//    copying and destruction of rows run without any lock: they may use every
//    table, this one too, and may close it. Hash, order and equality of keys
//    and, in a bag, the equality of rows run under a lock.
// 4. A change that depends on a row (`update`, `upsert`, `erase_if`, `take`)
//    takes effect only if the rows it was shown are still those of the key;
//    otherwise the function runs again, or the key is gone.
// 5. Everything throws no_such_table once the table is closed and leaves the
//    table unchanged if it throws.

/// What keeps the rows of a table: `E` is the engine of one row type.
///
/// | primitive                 | effect                                       |
/// |---------------------------|----------------------------------------------|
/// | visit(key, f) -> n        | f(const row&) for the rows of a key; a bag's |
/// |                           | in the order of their insertion              |
/// | visit_many(keys, f) -> n  | f(i, const row&) for the rows of keys[i]     |
/// | for_each(f)               | f(const row&) for all rows                   |
/// | scan(position, n, f)      | the same in steps, see below                 |
/// | insert(row, replace)      | whether the row was stored: a set replaces   |
/// |                           | the row of its key; a bag adds it unless an  |
/// |                           | equal one is there; a duplicate_bag adds it. |
/// |                           | Not `replace`: only if the key is absent     |
/// | insert_many(rows, replace)| the same for all rows in one step for every  |
/// |                           | reader; not `replace`: if all keys are absent|
/// | assign(rows)              | puts rows in place of all others, in one step|
/// | erase(key) -> n           | erases the rows of a key                     |
/// | erase_if(key, pred) -> n  | those of them for which pred(const row&)     |
/// | take(key)                 | erases and returns them                      |
/// | key_function()            | what finds the key of a row                  |
/// | key_of(row)               | what it returns                              |
/// | clear()                   | erases all rows in one step                  |
/// | info()                    | with the exact bytes of the table            |
/// | close()                   | ends the table; the caller keeps a reference |
///
/// `scan(at, n, f)` shows whole keys from `at` on until it has shown at least
/// `n` rows, and moves `at` behind them; it returns false at the end. A
/// default-made position is the beginning. Whatever is written between and
/// during the steps: a row that is there throughout is shown exactly once, and
/// no key is shown twice. `split(n)` returns the beginnings of `n` parts, each
/// of which ends by itself; together they are the whole.
template <class E>
concept engine = std::derived_from<E, core_base> && requires(
  E& e, const E& c, typename E::key_view key, typename E::row row,
  std::vector<typename E::row> rows,
  std::span<const std::remove_cvref_t<typename E::key_view>> keys,
  typename E::position at, std::size_t n, void (&show)(const typename E::row&),
  void (&show_at)(std::size_t, const typename E::row&),
  bool (&pred)(const typename E::row&)) {
  requires std::copyable<typename E::position>;
  { c.visit(key, show) } -> std::same_as<std::size_t>;
  { c.visit_many(keys, show_at) } -> std::same_as<std::size_t>;
  { c.lookup(key) } -> std::same_as<typename E::lookup_result>;
  c.for_each(show);
  { c.scan(at, n, show) } -> std::same_as<bool>;
  { c.split(n) } -> std::same_as<std::vector<typename E::position>>;
  { c.size() } -> std::same_as<std::size_t>;
  { c.info() } -> std::same_as<table_info>;
  { e.insert(std::move(row), true) } -> std::same_as<bool>;
  { e.insert_many(std::move(rows), true) } -> std::same_as<bool>;
  e.assign(std::move(rows));
  { e.erase(key) } -> std::same_as<std::size_t>;
  { e.erase_if(key, pred) } -> std::same_as<std::size_t>;
  { e.take(key) } -> std::same_as<typename E::lookup_result>;
  { c.key_function() } -> std::same_as<const typename E::key_fn&>;
  { c.key_of(row) } -> std::convertible_to<typename E::key_view>;
  e.clear();
  { e.close() }
  noexcept;
};

/// An engine with at most one row per key. `update(key, f)` replaces the row of
/// a key by f(const row&), an optional row: nothing leaves it as it is; returns
/// whether there was one. `upsert(key, make, f)` inserts make() if there was
/// none. Errors: badarg if the new row has another key.
template <class E>
concept unique_engine = engine<E> && requires(
  E& e, typename E::key_view key, typename E::row (&make)(),
  std::optional<typename E::row> (&f)(const typename E::row&)) {
  { e.update(key, f) } -> std::same_as<bool>;
  { e.upsert(key, make, f) } -> std::same_as<bool>;
};

} // namespace kv::ets::detail
