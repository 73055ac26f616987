#pragma once

#include "actors/otp/inspection.hpp"
#include "actors/otp/message_trace.hpp"

#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace kv::otp {

/// The part of a `state_actor` that others may look at without a message.
/// Thread safety: any thread, while it holds a handle of the actor.
class observed {
public:
  using time_point = std::chrono::steady_clock::time_point;

  observed(const observed&) = delete;

  observed& operator=(const observed&) = delete;

  /// Returns null if `x` is not a `state_actor` of this process.
  static const observed* of(const caf::strong_actor_ptr& x) noexcept;

  /// Returns how many messages wait in the mailbox: those an actor has got and
  /// has not begun to handle. Complexity: O(1).
  uint32_t waiting() const noexcept {
    // In this order: what is taken meanwhile must not make it negative.
    auto taken = taken_.load(std::memory_order_acquire);
    return queued_.load(std::memory_order_relaxed) - taken;
  }

  /// Returns for how long an actor has lived at `now`; 0 if it is not a
  /// `state_actor` of this process. Complexity: O(1).
  static std::chrono::milliseconds uptime(const caf::strong_actor_ptr& x,
                                          time_point now) noexcept;

protected:
  static constexpr uint32_t no_limit = std::numeric_limits<uint32_t>::max();

  /// @param now When the actor starts.
  explicit observed(time_point now) noexcept : since_(now) {
    // nop
  }

  // Nobody owns one through this type.
  ~observed() = default;

  /// Says what there is to say of the actor, but for its mailbox.
  virtual void describe(inspection& out) = 0;

  /// Requests are refused while so many messages wait.
  void limit(uint32_t most) noexcept {
    limit_.store(most, std::memory_order_relaxed);
  }

  bool full() const noexcept {
    return waiting() >= limit_.load(std::memory_order_relaxed);
  }

  void count_in() noexcept {
    queued_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Counts a message that was dropped; returns whether it is the first since
  /// `take_dropped`.
  bool drop() noexcept {
    return dropped_.fetch_add(1, std::memory_order_relaxed) == 0;
  }

  // Called by the actor alone.

  /// Returns how many messages were dropped since the last call.
  uint32_t take_dropped() noexcept {
    return dropped_.exchange(0, std::memory_order_relaxed);
  }

  /// A message is about to be handled.
  void take(const caf::mailbox_element& x) {
    count_taken(1);
    if (trace_)
      record(x);
  }

  /// It was not handled after all.
  void put_back() noexcept {
    count_taken(static_cast<uint32_t>(-1));
  }

  /// Answers what anyone may ask of any actor; returns whether it is that.
  bool answer(caf::local_actor& self, caf::mailbox_element& x);

  /// The actor ends: nothing is refused any more, and nothing traced.
  void end_watch();

private:
  void count_taken(uint32_t n) noexcept {
    taken_.store(taken_.load(std::memory_order_relaxed) + n,
                 std::memory_order_release);
  }

  void record(const caf::mailbox_element& x);

  void trace(message_trace_ptr x);

  std::atomic<uint32_t> queued_ = 0;
  std::atomic<uint32_t> taken_ = 0;
  std::atomic<uint32_t> limit_ = no_limit;
  std::atomic<uint32_t> dropped_ = 0;
  const time_point since_;
  message_trace_ptr trace_;
};

} // namespace kv::otp
