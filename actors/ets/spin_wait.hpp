#pragma once

#include <thread>

namespace kv::ets::detail {

/// Waits for another thread that needs a moment: a call is one turn. It gives
/// the processor away after a microsecond or two only, for a thread that is not
/// running while it is pinned keeps the memory of all others.
class spin_wait {
public:
  void operator()() noexcept {
    if (turns_ == max_turns)
      return std::this_thread::yield();
    ++turns_;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }

private:
  static constexpr int max_turns = 100;

  int turns_ = 0;
};

} // namespace kv::ets::detail
