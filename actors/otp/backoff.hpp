#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace kv::otp {

/// How long a supervisor waits before it restarts a child. The default is OTP's
/// answer: not at all.
struct backoff {
  std::chrono::milliseconds min{0}; ///< Before the first restart.
  std::chrono::milliseconds max = std::chrono::minutes{1};
  double factor = 2; ///< From one wait to the next.
  double jitter = 0; ///< Up to this part of a wait is left out at random.
  /// A child that has run for so long begins with `min` again.
  std::chrono::milliseconds stable = std::chrono::minutes{1};
};

/// Returns the wait before restart number `n`, counted from 0.
/// @param random A random number of [0, 1).
inline std::chrono::milliseconds delay_before(const backoff& how, uint64_t n,
                                              double random) {
  auto longest = std::max(how.max, how.min);
  auto wait = static_cast<double>(how.min.count())
              * std::pow(std::max(how.factor, 1.0), static_cast<double>(n));
  wait = std::min(wait, static_cast<double>(longest.count()));
  wait *= 1 - std::clamp(how.jitter, 0.0, 1.0) * random;
  return std::chrono::milliseconds{std::llround(wait)};
}

/// Returns the next wait of a child that has been restarted `failures` times
/// since it last was stable, and counts that one.
/// Thread safety: any thread.
std::chrono::milliseconds next_delay(const backoff& how, uint64_t& failures);

} // namespace kv::otp
