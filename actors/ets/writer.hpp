#pragma once

#include "actors/ets/reader.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace kv::ets {

/// The right to read and write a table.
///
/// Writers replace rows, they never edit them. A row that was replaced or
/// erased is destroyed when no reader can hold it: before the write returns if
/// no visit is under way and the table has fewer than 16 rows, otherwise with a
/// later write. Its destructor runs without a lock and may use any table.
///
/// Thread safety: any number of writers at once; every operation on a row is
/// atomic, writes to a table are serialized by a lock of its own. Functions
/// passed in run without the lock: they may use any table, and run again if
/// another writer changed the row meanwhile.
/// Errors: as `reader`; if an operation throws, the table is unchanged.
template <table T>
class writer : public reader<T> {
public:
  using typename reader<T>::row;
  using typename reader<T>::key_view;
  using typename reader<T>::lookup_result;

  /// Writes to no table.
  writer() noexcept = default;

  /// Inserts a row, in place of the one with the same key, if any.
  /// Complexity: constant on average; linear when the table grows.
  void insert(row x) const {
    (*this->core_).insert(std::move(x), true);
  }

  /// Inserts a row unless there is one with the same key; returns whether it
  /// did. Complexity: as insert.
  bool insert_new(row x) const {
    return (*this->core_).insert(std::move(x), false);
  }

  /// Erases the row with this key and returns a copy of it.
  /// Complexity: as erase, plus the copy.
  lookup_result take(key_view key) const {
    return (*this->core_).take(key);
  }

  /// Erases the row with this key; returns how many were erased.
  /// Complexity: constant on average; linear when the table shrinks.
  std::size_t erase(key_view key) const {
    return (*this->core_).erase(key);
  }

  /// Erases the row that equals `x`; returns how many were erased.
  /// Complexity: as erase.
  std::size_t
  erase_object(const row& x) const requires std::equality_comparable<row> {
    return (*this->core_).erase_object(x);
  }

  /// Erases the row with this key if pred(const row&) holds for it; returns
  /// how many were erased. Complexity: as erase.
  template <std::predicate<const row&> Pred>
  std::size_t erase_if(key_view key, Pred&& pred) const {
    return (*this->core_).erase_if(key, pred);
  }

  /// Replaces the row with this key by f(const row&); returns whether there
  /// was one. Complexity: constant on average.
  /// Errors: badarg if the new row has another key.
  template <class F>
    requires std::is_invocable_r_v<row, F&, const row&>
  bool update(key_view key, F&& f) const {
    auto change = [&f](const row& x) -> std::optional<row> {
      return std::invoke(f, x);
    };
    return (*this->core_).update(key, change);
  }

  /// Erases all rows at once: readers see all of them or none.
  /// Complexity: constant, plus the destruction of the rows.
  void clear() const {
    (*this->core_).clear();
  }

protected:
  using reader<T>::reader;

private:
  friend class owner<T>;
  template <table U>
  friend writer<U> whereis_writer(std::string_view name);
};

} // namespace kv::ets
