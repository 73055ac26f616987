#pragma once

#include "actors/ets/deadline.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kv::ets {

/// When a row was last read or written, in seconds of `Clock`: the member of a
/// row that `evict_least_used` names. Reads write it once a second at most.
///
/// Rows that differ in it alone are equal. Copying a row copies it.
///
/// Complexity: constant, one reading of the clock. Thread safety: every
/// operation from any thread. Errors: none.
template <class Clock>
class basic_last_use {
public:
  constexpr basic_last_use() noexcept = default;

  basic_last_use(const basic_last_use& other) noexcept
    : seconds_(other.seconds()) {
    // nop
  }

  basic_last_use& operator=(const basic_last_use& other) noexcept {
    seconds_.store(other.seconds(), std::memory_order_relaxed);
    return *this;
  }

  ~basic_last_use() = default;

  /// The second of the last use, since the epoch of the clock.
  std::uint32_t seconds() const noexcept {
    return seconds_.load(std::memory_order_relaxed);
  }

  /// Says that the row is used now.
  void touch() const noexcept {
    const auto now = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(
        Clock::now().time_since_epoch())
        .count());
    if (seconds() != now)
      seconds_.store(now, std::memory_order_relaxed);
  }

  friend bool operator==(const basic_last_use&,
                         const basic_last_use&) noexcept {
    return true;
  }

private:
  mutable std::atomic<std::uint32_t> seconds_{0};
};

using last_use = basic_last_use<coarse_clock>;

} // namespace kv::ets
