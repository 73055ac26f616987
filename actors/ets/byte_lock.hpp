#pragma once

#include <atomic>
#include <cstdint>

namespace kv::ets::detail {

/// A mutex of one byte: spins for a moment, then sleeps. Not recursive.
class byte_lock {
public:
  void lock() noexcept {
    auto expected = free;
    if (!state_.compare_exchange_strong(expected, held,
                                        std::memory_order_acquire))
      lock_slow();
  }

  bool try_lock() noexcept {
    auto expected = free;
    return state_.compare_exchange_strong(expected, held,
                                          std::memory_order_acquire);
  }

  void unlock() noexcept {
    if (state_.exchange(free, std::memory_order_release) == contended)
      state_.notify_one();
  }

private:
  static constexpr std::uint8_t free = 0;
  static constexpr std::uint8_t held = 1;
  static constexpr std::uint8_t contended = 2;
  static constexpr int max_spins = 200;

  void lock_slow() noexcept {
    for (int i = 0; i < max_spins; ++i) {
      auto expected = free;
      if (state_.load(std::memory_order_relaxed) == free
          && state_.compare_exchange_weak(expected, held,
                                          std::memory_order_acquire))
        return;
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#endif
    }
    while (state_.exchange(contended, std::memory_order_acquire) != free)
      state_.wait(contended, std::memory_order_relaxed);
  }

  std::atomic<std::uint8_t> state_{free};
};

} // namespace kv::ets::detail
