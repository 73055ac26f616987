#pragma once

#include "actors/ets/read_operations.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace kv::ets {

/// A place in a table, for walks in steps: ETS's continuations, and `slot` for
/// walks in parallel.
///
/// Between the steps nothing is held: writers go on, and removed rows go. A row
/// that is there throughout is shown once, no key twice; in an ordered table in
/// order. A copy is an independent walk from the same place.
///
/// Thread safety: one cursor belongs to one thread at a time.
/// Errors: no_such_table once the table is closed; a renamed one serves on.
template <table T>
class cursor : public core_handle<T> {
public:
  using typename core_handle<T>::row;

  /// At the beginning of a table.
  explicit cursor(const read_operations<T>& table) : core_handle<T>(table) {
    // nop
  }

  /// At a place that `place` returned, in this table or one like it: any number
  /// is some place. For tables found by hash.
  cursor(const read_operations<T>& table, std::uint64_t place) //
    requires requires(typename T::engine::position at) {
    at.from;
  } : core_handle<T>(table) {
    at_.from = std::min(place, at_.to);
  }

  /// Returns the place as a number, for who cannot keep a cursor; 0 is the
  /// beginning.
  std::uint64_t place() const noexcept //
    requires requires(typename T::engine::position at) {
    at.from;
  }
  { return at_.from; }

  /// Whether the walk has come to the end.
  bool done() const noexcept {
    return done_;
  }

  /// Calls f(const row&) for the next rows: `n` of them or, in a bag, whole
  /// keys until there were at least `n`. Returns false at the end.
  /// Complexity: linear in what it shows.
  template <std::invocable<const row&> F>
  bool walk(std::size_t n, F&& f) {
    done_ = !this->core().scan(at_, n, f);
    return !done_;
  }

private:
  template <table U>
  friend std::vector<cursor<U>>
  split(const read_operations<U>& table, std::size_t n);

  typename T::engine::position at_{};
  bool done_ = false;
};

/// Cuts a table into the beginnings of `n` walks, which share nothing and
/// together are the whole; about equally long if the table is large.
/// Errors: no_such_table.
template <table T>
std::vector<cursor<T>> split(const read_operations<T>& table, std::size_t n) {
  std::vector<cursor<T>> result(n, cursor<T>{table});
  auto places = detail::engine_of(table).split(n);
  for (std::size_t i = 0; i < n; ++i)
    result[i].at_ = std::move(places[i]);
  return result;
}

} // namespace kv::ets
