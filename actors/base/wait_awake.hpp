#pragma once

#include <chrono>
#include <thread>

namespace kv {

/// For so long a thread waits awake before it sleeps: about as long as it takes
/// to put it to sleep and to wake it up.
constexpr std::chrono::microseconds awake_time{50};

/// Returns whether `ready()` came true within `awake_time`, asking again and
/// again and giving way to any other thread in between.
/// Errors: what `ready` throws.
template <class Ready>
bool wait_awake(Ready&& ready) {
  if (ready())
    return true;
  auto end = std::chrono::steady_clock::now() + awake_time;
  do {
    std::this_thread::yield();
    if (ready())
      return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

} // namespace kv
