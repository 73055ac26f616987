#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

namespace kv::otp {

/// Counts restarts in a sliding window (OTP: intensity and period): more than
/// `intensity` of them within `period` are too many. A restart exactly one
/// period old still counts, as in OTP's supervisor.
/// Complexity: O(1) amortized; keeps at most `intensity + 1` times.
/// Thread safety: none.
class restart_window {
public:
  using time_point = std::chrono::steady_clock::time_point;

  restart_window(size_t intensity, std::chrono::milliseconds period)
    : intensity_(intensity), period_(period) {
    // nop
  }

  /// Records a restart at `now`; returns false if it is one too many.
  bool record(time_point now) {
    times_.push_back(now);
    while (times_.front() < now - period_)
      times_.pop_front();
    if (times_.size() <= intensity_)
      return true;
    times_.pop_front();
    return false;
  }

  /// Returns how many restarts count at `now`. Complexity: O(intensity).
  size_t recent(time_point now) const {
    return static_cast<size_t>(
      std::count_if(times_.begin(), times_.end(),
                    [&](time_point x) { return x >= now - period_; }));
  }

private:
  size_t intensity_;
  std::chrono::milliseconds period_;
  std::deque<time_point> times_;
};

} // namespace kv::otp
