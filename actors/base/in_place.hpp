#pragma once

#include "actors/base/completion.hpp"
#include "actors/base/error.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/base/wait_awake.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace kv {

/// A value that one thread waits for and another, or the same, delivers.
template <class T>
class mailslot {
public:
  void put(caf::expected<T> x) {
    std::lock_guard guard{mtx_};
    value_.emplace(std::move(x));
    is_here_.store(true, std::memory_order_release);
    arrived_.notify_one();
  }

  /// Returns the value, or `ec::timeout` if there is none by `deadline`.
  caf::expected<T> take(std::chrono::steady_clock::time_point deadline) {
    wait_awake([this] { return is_here_.load(std::memory_order_acquire); });
    std::unique_lock guard{mtx_};
    if (!arrived_.wait_until(guard, deadline,
                             [this] { return value_.has_value(); }))
      return caf::make_error(ec::timeout);
    return std::move(*value_);
  }

private:
  std::mutex mtx_;
  std::condition_variable arrived_;
  std::optional<caf::expected<T>> value_;
  std::atomic<bool> is_here_ = false;
};

/// Returns the moment so long from now; the end of time if there is none.
inline std::chrono::steady_clock::time_point
time_after(std::chrono::milliseconds wait) {
  using time_point = std::chrono::steady_clock::time_point;
  auto now = std::chrono::steady_clock::now();
  auto most
    = std::chrono::floor<std::chrono::milliseconds>(time_point::max() - now);
  return wait < most ? now + wait : time_point::max();
}

/// Lets `send(unit, done)` send messages of which one carries the completion,
/// runs their receivers on this thread if they are idle, and waits for the
/// answer. A receiver that gets to it after the deadline may drop it.
/// Errors: what the receiver answers; `ec::timeout`;
/// `caf::sec::request_receiver_down` if it ended before it got to the message.
template <class T, class F>
caf::expected<T> call_in_place(caf::actor_system& sys,
                               std::chrono::steady_clock::time_point deadline,
                               F send) {
  auto slot = std::make_shared<mailslot<T>>();
  auto& unit = host_unit::of_this_thread(sys);
  send(unit,
       completion<T>::make(
         [slot](caf::expected<T> x) { slot->put(std::move(x)); }, deadline));
  unit.run();
  return slot->take(deadline);
}

} // namespace kv
