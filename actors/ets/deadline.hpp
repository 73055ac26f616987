#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <ctime>
#include <limits>

namespace kv::ets {

/// A steady clock that costs a quarter of std::chrono::steady_clock and is as
/// much as one tick of the kernel behind it, 1 to 4 ms.
struct coarse_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<coarse_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    std::timespec at{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &at);
    return time_point{std::chrono::seconds{at.tv_sec}
                      + std::chrono::milliseconds{at.tv_nsec / 1'000'000}};
  }
};

/// The moment from which on a row is not in its table any more, in
/// milliseconds; by default never. The member of a row that `expiring` names.
///
/// `Clock` is one in the manner of std::chrono with a static now(); it should
/// be steady. Tests bring a clock that they move.
///
/// Complexity: constant; reading the clock takes 20 to 30 ns.
/// Thread safety: a value. Errors: none.
template <class Clock>
class basic_deadline {
public:
  using clock = Clock;
  using duration = std::chrono::duration<std::int64_t, std::milli>;

  /// Never.
  constexpr basic_deadline() noexcept = default;

  /// At this time since the epoch of the clock.
  static constexpr basic_deadline at(duration since_epoch) noexcept {
    return basic_deadline{since_epoch};
  }

  /// After `ttl` from now on; never if that is beyond what the clock can tell.
  static basic_deadline in(duration ttl) noexcept {
    const auto from = now();
    return ttl > duration::max() - from ? basic_deadline{}
                                        : basic_deadline{from + ttl};
  }

  /// What the clock shows, since its epoch.
  static duration now() noexcept {
    return std::chrono::duration_cast<duration>(
      Clock::now().time_since_epoch());
  }

  constexpr bool is_never() const noexcept {
    return at_ == duration::max();
  }

  constexpr duration since_epoch() const noexcept {
    return at_;
  }

  /// Whether the moment has come when the clock shows `now`.
  constexpr bool passed(duration now) const noexcept {
    return at_ <= now;
  }

  /// By time; never is the last.
  friend constexpr auto operator<=>(
    const basic_deadline&,
    const basic_deadline&) noexcept = default; // NOLINT(modernize-use-nullptr)

private:
  explicit constexpr basic_deadline(duration at) noexcept : at_(at) {
    // nop
  }

  duration at_ = duration::max();
};

using deadline = basic_deadline<std::chrono::steady_clock>;

} // namespace kv::ets
