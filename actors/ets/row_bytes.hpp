#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <string>

namespace kv::ets {

/// Returns the heap bytes that a text has asked for.
/// Complexity: constant. Thread safety: any thread. Errors: none.
inline std::size_t heap_bytes(const std::string& x) noexcept {
  static const std::size_t inside = std::string{}.capacity();
  return x.capacity() > inside ? x.capacity() + 1 : 0;
}

namespace detail {

/// A row may say what it has allocated by a function `heap_bytes(const Row&)`,
/// found by its argument: `info` then counts it, as limits by bytes do. It must
/// always say the same of a row, and runs under a lock.
template <class Row>
concept counts_bytes = requires(const Row& x) {
  { heap_bytes(x) } -> std::convertible_to<std::size_t>;
};

template <class Row>
std::size_t heap_bytes_of(const Row& x) noexcept {
  if constexpr (counts_bytes<Row>)
    return heap_bytes(x);
  else
    return 0;
}

/// The heap bytes of the rows of a table that counts them. Writers hold the
/// table's lock.
template <bool Counts>
class heap_sum {
public:
  void add(std::size_t more, std::size_t less) noexcept {
    sum_.store(sum() + more - less, std::memory_order_relaxed);
  }

  void clear() noexcept {
    sum_.store(0, std::memory_order_relaxed);
  }

  std::size_t sum() const noexcept {
    return sum_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::size_t> sum_{0};
};

template <>
class heap_sum<false> {
public:
  void add(std::size_t, std::size_t) noexcept {
    // nop
  }

  void clear() noexcept {
    // nop
  }

  std::size_t sum() const noexcept {
    return 0;
  }
};

} // namespace detail

} // namespace kv::ets
