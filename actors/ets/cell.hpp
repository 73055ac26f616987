#pragma once

#include <atomic>
#include <type_traits>

namespace kv::ets {

/// A mutable cell of an otherwise immutable row, e.g. a hit counter.
///
/// Copying a row copies the value of its cells at that moment: an `update` that
/// races with a store to the old row's cell may lose that store.
///
/// Complexity: constant, one relaxed atomic access. Thread safety: every
/// operation from any thread; orders nothing but the cell. Errors: none.
template <class T>
  requires std::is_trivially_copyable_v<T>
class cell {
public:
  constexpr cell() noexcept : value_(T{}) {
    // nop
  }

  explicit constexpr cell(T value) noexcept : value_(value) {
    // nop
  }

  cell(const cell& other) noexcept : value_(other.load()) {
    // nop
  }

  cell& operator=(const cell& other) noexcept {
    store(other.load());
    return *this;
  }

  ~cell() = default;

  /// Returns the current value.
  T load() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

  /// Replaces the value.
  void store(T value) const noexcept {
    value_.store(value, std::memory_order_relaxed);
  }

  /// Adds `delta` and returns the value before; numbers only.
  T fetch_add(T delta) const noexcept requires std::is_arithmetic_v<T> {
    return value_.fetch_add(delta, std::memory_order_relaxed);
  }

  friend bool operator==(const cell& x, const cell& y) noexcept {
    return x.load() == y.load();
  }

private:
  mutable std::atomic<T> value_;
};

} // namespace kv::ets
