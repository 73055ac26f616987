#pragma once

#include "actors/ets/spin_wait.hpp"

#include <atomic>

namespace kv::ets::detail {

/// A mutex of one byte for a few instructions at a time: whoever finds it held
/// spins or yields, and nobody has to be woken, so that unlocking is a plain
/// store. Not recursive.
class yielding_lock {
public:
  void lock() noexcept {
    for (spin_wait wait; held_.exchange(true, std::memory_order_acquire);)
      while (held_.load(std::memory_order_relaxed))
        wait();
  }

  void unlock() noexcept {
    held_.store(false, std::memory_order_release);
  }

private:
  std::atomic<bool> held_{false};
};

} // namespace kv::ets::detail
