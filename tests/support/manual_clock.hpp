#pragma once

#include "actors/ets/deadline.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kv::test {

/// A clock that shows what a test has set.
struct manual_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<manual_clock>;
  static constexpr bool is_steady = true;

  static inline std::atomic<std::int64_t> ms{0};
  /// How often it has been read.
  static inline std::atomic<int> readings{0};

  static time_point now() noexcept {
    ++readings;
    return time_point{duration{ms.load()}};
  }
};

using manual_deadline = ets::basic_deadline<manual_clock>;

/// The moment when the clock shows `ms`.
inline manual_deadline at_ms(std::int64_t ms) noexcept {
  return manual_deadline::at(std::chrono::milliseconds{ms});
}

} // namespace kv::test
