#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace kv::server {

/// Counts the clients of a server, and lets one wait for the last to go.
/// Thread safety: any thread.
class client_count {
public:
  void add() {
    std::lock_guard guard{mtx_};
    ++value_;
  }

  void remove() {
    std::lock_guard guard{mtx_};
    if (--value_ == 0)
      none_.notify_all();
  }

  size_t value() const {
    std::lock_guard guard{mtx_};
    return value_;
  }

  /// Returns whether there is none, after at most `timeout`.
  bool wait_for_none(std::chrono::milliseconds timeout) const {
    std::unique_lock guard{mtx_};
    return none_.wait_for(guard, timeout, [this] { return value_ == 0; });
  }

private:
  mutable std::mutex mtx_;
  mutable std::condition_variable none_;
  size_t value_ = 0;
};

} // namespace kv::server
