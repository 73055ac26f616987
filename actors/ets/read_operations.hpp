#pragma once

#include "actors/ets/ordered_operations.hpp"
#include "actors/ets/unordered_operations.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets {

/// What every handle can do: read.
///
/// Rows are immutable: a reader sees the old or the new row, whole. A visitor
/// may use any table, this one too, and may throw or close the table; it must
/// not block, since removed rows of all tables wait for it. References to rows
/// end with the visitor (see `fixation`).
///
/// Complexity: "a key" is constant on average in a table found by hash,
/// logarithmic in an ordered one.
/// Thread safety: a table serves any number of readers and writers at once;
/// one handle object is as safe as a shared_ptr.
/// Errors: every operation throws no_such_table on an empty handle or a closed
/// table, except where `noexcept` says otherwise.
template <table T>
class read_operations
  : public std::conditional_t<ordered<T>, ordered_operations<T>,
                              unordered_operations<T>> {
public:
  using typename core_handle<T>::row;
  using typename core_handle<T>::key_view;
  using typename core_handle<T>::lookup_result;

  /// Whether there was a row; of a bag, how many there were.
  using visit_result = std::conditional_t<unique<T>, bool, std::size_t>;

  /// Calls f(const row&) for the row with this key; in a bag for all of them,
  /// in the order of their insertion. Takes no lock, copies and allocates
  /// nothing. Complexity: a key.
  template <std::invocable<const row&> F>
  visit_result visit(key_view key, F&& f) const {
    return static_cast<visit_result>(this->core().visit(key, f));
  }

  /// Calls f(i, const row&) for the rows with the key keys[i], in any order;
  /// returns how many there were. Faster than one after the other: the table is
  /// asked for several keys at a time. Complexity: as many keys.
  template <class F>
    requires std::invocable<F&, std::size_t, const row&> std::size_t
    visit_many(std::span<const std::remove_cvref_t<key_view>> keys, F&& f)
  const {
    return this->core().visit_many(keys, f);
  }

  /// Returns a copy of the row with this key, if any; of a bag, a vector.
  /// Complexity: a key, plus the copy.
  lookup_result lookup(key_view key) const {
    return this->core().lookup(key);
  }

  /// Returns what lookup finds for each of the keys. Complexity: as visit_many.
  std::vector<lookup_result>
  lookup_many(std::span<const std::remove_cvref_t<key_view>> keys) const {
    std::vector<lookup_result> result(keys.size());
    visit_many(keys, [&result](std::size_t i, const row& x) {
      if constexpr (unique<T>)
        result[i].emplace(x);
      else
        result[i].push_back(x);
    });
    return result;
  }

  /// Returns whether there is a row with this key. Complexity: a key.
  bool member(key_view key) const {
    return visit(key, [](const row&) {}) != 0;
  }

  /// Returns the number of rows at some moment during the call.
  /// Complexity: constant.
  std::size_t size() const {
    return this->core().size();
  }

  /// Returns f(...f(f(acc, row1), row2)..., rowN) over all rows: in an ordered
  /// table in order, otherwise in any. Not a snapshot: a row that stays is seen
  /// once; one that is replaced, inserted or erased meanwhile may be seen as
  /// before or as after. Complexity: linear in the capacity.
  template <class Acc, class F>
    requires std::invocable<F&, Acc, const row&> Acc fold(Acc acc, F&& f)
  const {
    for_each([&](const row& x) { acc = std::invoke(f, std::move(acc), x); });
    return acc;
  }

  /// Calls f(const row&) for all rows; otherwise as `fold`.
  template <std::invocable<const row&> F>
  void for_each(F&& f) const {
    this->core().for_each(f);
  }

  /// Returns copies of all rows: ETS's tab2list. Otherwise as `fold`.
  std::vector<row> to_vector() const {
    std::vector<row> result;
    for_each([&result](const row& x) { result.push_back(x); });
    return result;
  }

  /// Describes the table at this moment. Complexity: linear in what waits for
  /// readers, in an ordered table in the rows; takes the writers' lock.
  table_info info() const {
    auto result = this->core().info();
    result.kind = T::kind;
    return result;
  }

protected:
  using base = std::conditional_t<ordered<T>, ordered_operations<T>,
                                  unordered_operations<T>>;
  using base::base;
  read_operations() noexcept = default;
};

} // namespace kv::ets
