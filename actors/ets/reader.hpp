#pragma once

#include "actors/ets/kinds.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace kv::ets {

template <table T>
class owner;

/// The right to read a table.
///
/// A reader is one pointer and cheap to copy (one atomic increment). It keeps
/// the table's identity alive, not its rows: once the owner is gone, every
/// operation throws. A default-constructed reader refers to no table.
///
/// Rows are immutable: a reader sees the old or the new row, whole. A visitor
/// may use any table, this one too, and may throw or close the table; it must
/// not block, since removed rows of all tables wait for it. References to rows
/// end with the visitor.
///
/// Thread safety: a table serves any number of readers and writers at once;
/// one handle object is as safe as a shared_ptr.
/// Errors: every operation throws no_such_table on an empty handle or a closed
/// table, except where `noexcept` says otherwise.
template <table T>
class reader {
public:
  using table_type = T;
  using row = typename T::row;
  using key_view = typename T::key_view;
  using lookup_result = typename T::lookup_result;

  /// Refers to no table.
  reader() noexcept = default;

  /// Calls f(const row&) for the row with this key; returns whether there was
  /// one. Takes no lock, copies and allocates nothing.
  /// Complexity: constant on average.
  template <std::invocable<const row&> F>
  bool visit(key_view key, F&& f) const {
    return (*core_).visit(key, f) != 0;
  }

  /// Returns a copy of the row with this key, if any.
  /// Complexity: constant on average, plus the copy.
  lookup_result lookup(key_view key) const {
    return (*core_).lookup(key);
  }

  /// Returns whether there is a row with this key.
  /// Complexity: constant on average.
  bool member(key_view key) const {
    return visit(key, [](const row&) {});
  }

  /// Returns the number of rows at some moment during the call.
  /// Complexity: constant.
  std::size_t size() const {
    return (*core_).size();
  }

  /// Returns f(...f(f(acc, row1), row2)..., rowN) over all rows in any order.
  /// Not a snapshot: a row that stays is seen once; one that is replaced,
  /// inserted or erased meanwhile may be seen as before or as after.
  /// Complexity: linear in the capacity.
  template <class Acc, class F>
    requires std::invocable<F&, Acc, const row&> Acc fold(Acc acc, F&& f)
  const {
    for_each([&](const row& x) { acc = std::invoke(f, std::move(acc), x); });
    return acc;
  }

  /// Calls f(const row&) for all rows in any order; otherwise as `fold`.
  template <std::invocable<const row&> F>
  void for_each(F&& f) const {
    (*core_).for_each(f);
  }

  /// Describes the table at this moment.
  /// Complexity: linear in what waits for readers; takes the writers' lock.
  table_info info() const {
    return (*core_).info();
  }

  /// Returns whether the table is open, by one acquire load: once the owner is
  /// gone this is false for ever. False for an empty handle.
  bool is_open() const noexcept {
    return core_.get() != nullptr && core_.get()->is_open();
  }

  /// The same as is_open().
  explicit operator bool() const noexcept {
    return is_open();
  }

  /// Returns the table's id, unique in this process and never used again;
  /// closed tables keep theirs. 0 for an empty handle.
  std::uint64_t id() const noexcept {
    return core_.get() != nullptr ? core_.get()->id() : 0;
  }

  /// Whether both refer to the same table, or both to none.
  friend bool operator==(const reader& x, const reader& y) noexcept {
    return x.core_.get() == y.core_.get();
  }

protected:
  using core_ptr = detail::core_ptr<typename T::engine>;

  explicit reader(core_ptr core) noexcept : core_(std::move(core)) {
    // nop
  }

  core_ptr core_; // NOLINT(*-member-variables-*)

private:
  friend class owner<T>;
  template <table U>
  friend reader<U> whereis(std::string_view name);
};

} // namespace kv::ets
