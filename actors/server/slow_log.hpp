#pragma once

#include "actors/ets/deadline.hpp"
#include "actors/server/command.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace kv::server {

/// A request that took long.
struct slow_request {
  int64_t number = 0;
  int64_t unix_seconds = 0;
  int64_t microseconds = 0;
  std::vector<std::string> words; ///< As many and as long as Redis shows.
  std::string client;             ///< Its name.
};

/// Remembers requests that took long: SLOWLOG and LATENCY. Thread safety: any
/// thread.
class slow_log {
public:
  using clock = std::chrono::steady_clock;

  /// Microseconds; negative: nothing is remembered.
  std::atomic<int64_t> threshold = 10000;
  std::atomic<int64_t> most_entries = 128;

  /// Milliseconds from which LATENCY counts a request; 0: none.
  std::atomic<int64_t> latency_threshold = 0;

  /// What LATENCY tells of the event `command`.
  struct peak {
    int64_t unix_seconds;
    int64_t milliseconds;
  };

  /// Returns the time for `concerns`: of a clock that costs next to nothing if
  /// what it may be late, 4 ms, does not matter.
  clock::duration now() const noexcept {
    constexpr int64_t coarse_enough = 10000;
    if (threshold.load(std::memory_order_relaxed) >= coarse_enough
        && latency_threshold.load(std::memory_order_relaxed) == 0)
      return ets::coarse_clock::now().time_since_epoch();
    return clock::now().time_since_epoch();
  }

  /// Returns whether a request that took so long is to be recorded.
  bool concerns(clock::duration took) const noexcept {
    auto limit = threshold.load(std::memory_order_relaxed);
    auto latency = latency_threshold.load(std::memory_order_relaxed);
    return (limit >= 0 && took >= std::chrono::microseconds{limit})
           || (latency > 0 && took >= std::chrono::milliseconds{latency});
  }

  void record(arguments args, clock::duration took, const std::string& client);

  /// Returns the last requests, newest first; at most `count` of them.
  std::vector<slow_request> last(size_t count) const;

  size_t size() const;

  void clear();

  /// Returns the seconds in which requests were late, oldest first.
  std::vector<peak> peaks() const;

  /// Returns the highest peak ever, in milliseconds.
  int64_t highest() const;

  void clear_peaks();

private:
  void remember(arguments args, int64_t us, const std::string& client);
  void remember_peak(int64_t ms);

  mutable std::mutex mtx_;
  int64_t next_ = 0;
  std::deque<slow_request> entries_;
  std::deque<peak> peaks_;
  int64_t highest_ = 0;
};

} // namespace kv::server
