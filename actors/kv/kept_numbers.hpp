#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace kv {

/// The numbers of events, reserved ahead: what is kept is a number that none of
/// those told has reached, so that none is told again for another event,
/// wherever the process ends. So after a crash some numbers are left out, after
/// an orderly end none.
///
/// It costs nobody any waiting as long as the disk takes a reservation before
/// half of the one before is used up.
/// Thread safety: any thread may ask; one at a time takes numbers.
class kept_numbers {
public:
  /// How many are reserved at a time: a gap that nobody minds, and more than
  /// are used in seconds.
  static constexpr uint64_t reserve = 1'000'000;

  /// Goes on after a number, and returns what has to be kept first.
  uint64_t begin_after(uint64_t kept) noexcept {
    last_.store(kept);
    return bound_ = kept + reserve;
  }

  /// Takes a number; returns what has to be kept now, if anything.
  std::optional<uint64_t> take(uint64_t number) noexcept {
    last_.store(number, std::memory_order_relaxed);
    if (number + reserve / 2 < bound_)
      return std::nullopt;
    return bound_ = number + reserve;
  }

  /// Returns whether `begin_after` was called.
  bool begun() const noexcept {
    return bound_ != 0;
  }

  /// Returns the last one that was taken, or that was kept before.
  uint64_t last() const noexcept {
    return last_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<uint64_t> last_ = 0;
  uint64_t bound_ = 0;
};

} // namespace kv
