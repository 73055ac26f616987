#include "actors/kv/wall_time.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>

namespace kv {

namespace {

/// Returns what Unix time is ahead of the steady clock. Readings of two clocks
/// are never of one moment: only when somebody has set the time is it another
/// offset than before, so that a moment comes back as it was.
int64_t offset() noexcept {
  constexpr int64_t jitter = 50;
  static std::atomic<int64_t> last = unix_now() - deadline::now().count();
  auto now = unix_now() - deadline::now().count();
  auto before = last.load(std::memory_order_relaxed);
  if (std::abs(now - before) < jitter)
    return before;
  last.store(now, std::memory_order_relaxed);
  return now;
}

} // namespace

int64_t unix_now() noexcept {
  using namespace std::chrono;
  auto now = system_clock::now().time_since_epoch();
  return duration_cast<milliseconds>(now).count();
}

deadline to_deadline(int64_t unix_time) noexcept {
  auto at = std::clamp(unix_time, -most_unix_time, most_unix_time) - offset();
  return deadline::at(deadline::duration{at});
}

int64_t to_unix(deadline x) noexcept {
  return x.since_epoch().count() + offset();
}

} // namespace kv
