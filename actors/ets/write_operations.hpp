#pragma once

#include "actors/ets/read_operations.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets {

namespace detail {

/// Whether two rows have one key.
template <class Engine>
bool have_same_key(const Engine& engine, const typename Engine::row& x,
                   const typename Engine::row& y) {
  if constexpr (requires { engine.compare(x, engine.key_of(y)); })
    return engine.compare(x, engine.key_of(y)) == 0;
  else
    return Engine::traits::equal(engine.key_of(x), engine.key_of(y));
}

} // namespace detail

/// What a writer and an owner can do: read and write.
///
/// Writers replace rows, they never edit them. A row that was replaced or
/// erased is destroyed when no reader can hold it: before the write returns if
/// no visit is under way and the table has fewer than 16 rows, otherwise with a
/// later write. Its destructor runs without a lock and may use any table.
///
/// Complexity: as `read_operations`; now and then linear when a table found by
/// hash grows or shrinks.
/// Thread safety: any number of writers at once; every operation is atomic, all
/// rows it touches included. Functions passed in run without a lock: they may
/// use any table, and run again if another writer changed the row meanwhile.
/// Errors: as `read_operations`; if an operation throws, the table is
/// unchanged.
template <table T>
class write_operations : public read_operations<T> {
public:
  using typename core_handle<T>::row;
  using typename core_handle<T>::key_view;
  using typename core_handle<T>::lookup_result;

  /// Inserts a row: in place of the one with the same key, if any; into a bag
  /// unless it has an equal row; into a duplicate bag always. Complexity: a
  /// key.
  void insert(row x) const {
    this->core().insert(std::move(x), true);
  }

  /// Inserts many rows in one step: every reader sees all of them or none. In a
  /// set the last one of a key stays. Complexity: as many keys, plus sorting.
  void insert_many(std::vector<row> rows) const {
    this->core().insert_many(std::move(rows), true);
  }

  /// Inserts a row unless there is one with the same key; returns whether it
  /// did. Complexity: a key.
  bool insert_new(row x) const {
    return this->core().insert(std::move(x), false);
  }

  /// Inserts many rows in one step unless there is one with a key of theirs;
  /// returns whether it did. Complexity: as many keys, plus sorting.
  bool insert_new_many(std::vector<row> rows) const {
    return this->core().insert_many(std::move(rows), false);
  }

  /// Puts these rows in place of all that are there, in one step: every reader
  /// sees the old ones or the new ones; ETS's init_table. In a set the last one
  /// of a key stays. Complexity: linear in the new rows, plus sorting and the
  /// destruction of the old ones.
  void assign(std::vector<row> rows) const {
    this->core().assign(std::move(rows));
  }

  /// Erases the rows with this key and returns copies of them.
  /// Complexity: a key, plus the copies.
  lookup_result take(key_view key) const {
    return this->core().take(key);
  }

  /// Erases the rows with this key; returns how many were erased.
  /// Complexity: a key.
  std::size_t erase(key_view key) const {
    return this->core().erase(key);
  }

  /// Erases the rows that equal `x`; returns how many were erased.
  /// Complexity: a key.
  std::size_t
  erase_object(const row& x) const requires std::equality_comparable<row> {
    auto& engine = this->core();
    auto equal = [&x](const row& y) { return x == y; };
    return engine.erase_if(engine.key_of(x), equal);
  }

  /// Erases those rows with this key for which pred(const row&) holds; returns
  /// how many were erased. Complexity: a key.
  template <std::predicate<const row&> Pred>
  std::size_t erase_if(key_view key, Pred&& pred) const {
    return this->core().erase_if(key, pred);
  }

  /// Replaces the row with this key by f(const row&), a row or an optional one:
  /// nothing leaves the row as it is. Returns whether there was a row.
  /// Complexity: a key. Errors: badarg if the new row has another key.
  template <class F>
  requires unique<T> && std::is_invocable_r_v<std::optional<row>, F&,
                                              const row&> bool
  update(key_view key, F&& f) const {
    auto change = [&f](const row& x) -> std::optional<row> {
      return std::invoke(f, x);
    };
    return this->core().update(key, change);
  }

  /// Inserts make() if there is no row with this key, otherwise as `update`.
  /// Returns whether there was a row. Complexity: a key.
  /// Errors: badarg if the new row has another key.
  template <class Make, class F>
  requires unique<T> && std::is_invocable_r_v<row, Make&> && std::
    is_invocable_r_v<std::optional<row>, F&, const row&> bool
    upsert(key_view key, Make&& make, F&& f) const {
    auto change = [&f](const row& x) -> std::optional<row> {
      return std::invoke(f, x);
    };
    return this->core().upsert(key, make, change);
  }

  /// Replaces the row that equals `expected`, if there is one; returns whether
  /// it did. Complexity: a key.
  /// Errors: badarg if `desired` has another key.
  bool compare_exchange(const row& expected, row desired) const //
    requires unique<T> && std::equality_comparable<row> {
    auto& engine = this->core();
    if (!detail::have_same_key(engine, expected, desired))
      throw error(errc::badarg, "exchange changes the key");
    bool done = false;
    auto change = [&](const row& x) -> std::optional<row> {
      done = x == expected;
      return done ? std::optional<row>(desired) : std::nullopt;
    };
    return engine.update(engine.key_of(expected), change) && done;
  }

  /// Erases all rows at once: readers see all of them or none.
  /// Complexity: constant, plus the destruction of the rows.
  void clear() const {
    this->core().clear();
  }

protected:
  using read_operations<T>::read_operations;
  write_operations() noexcept = default;
};

} // namespace kv::ets
