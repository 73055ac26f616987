#pragma once

#include <atomic>
#include <cstdint>

namespace kv {

/// Whether a name means a bucket or a string, decided between the registry,
/// which makes entries of buckets, and the strings' actor, which alone makes
/// strings. Each of them first shows what it has made and then looks at the
/// other's, so at least one of them sees both:
///
/// - the registry's entry is pending at first, and seen by nobody; it is
///   confirmed unless there is a string of that name;
/// - a string is seen at once, and revokes the claim of the bucket, for ever.
///
/// Strings that are made only where no bucket is hold what the name means while
/// they look and write: the registry waits for that before it confirms.
///
/// So a name is a string as soon as there is one, and a bucket whose claim was
/// revoked never has the name again, although it may run on for a moment.
/// Thread safety: any thread.
class name_claim {
public:
  name_claim() noexcept = default;

  name_claim(const name_claim& other) noexcept : state_(other.state_.load()) {
    // nop
  }

  name_claim& operator=(const name_claim& other) noexcept {
    state_.store(other.state_.load());
    return *this;
  }

  ~name_claim() = default;

  bool holds() const noexcept {
    auto now = state_.load(std::memory_order_acquire);
    return now == state::confirmed || now == state::confirmed_held;
  }

  /// Returns whether the bucket may be written: not while the strings look at
  /// what its name means, before they write.
  bool allows_writes() const noexcept {
    return state_.load(std::memory_order_acquire) == state::confirmed;
  }

  /// Keeps the bucket from being written, and from getting the name, until
  /// `release`; returns false if its claim was revoked before.
  bool hold() const noexcept {
    return change(state::confirmed, state::confirmed_held)
           || change(state::pending, state::pending_held)
           || change(state::confirmed, state::confirmed_held);
  }

  /// Undoes `hold`, unless the claim was revoked meanwhile.
  void release() const noexcept {
    if (!change(state::confirmed_held, state::confirmed))
      change(state::pending_held, state::pending);
  }

  /// Returns whether the claim holds now: not if it was revoked before, and not
  /// yet while it is held.
  bool confirm() const noexcept {
    return change(state::pending, state::confirmed) || holds();
  }

  /// Keeps the name for a successor's entry, which is confirmed from the start;
  /// returns false if the claim was revoked before.
  bool move() const noexcept {
    return change_unless(state::revoked, state::moved);
  }

  bool is_moving() const noexcept {
    return state_.load(std::memory_order_acquire) == state::moved;
  }

  /// Has an entry that nobody sees yet hold the name.
  void confirm_at_once() const noexcept {
    state_.store(state::confirmed);
  }

  bool is_revoked() const noexcept {
    return state_.load(std::memory_order_acquire) == state::revoked;
  }

  /// Returns whether it was not revoked before. One that is moving cannot be:
  /// the successor's, which is there in a moment, can.
  bool revoke() const noexcept {
    auto now = state_.load();
    while (now != state::revoked && now != state::moved)
      if (state_.compare_exchange_weak(now, state::revoked))
        return true;
    return false;
  }

private:
  enum class state : uint8_t {
    pending,
    pending_held,
    confirmed,
    confirmed_held,
    revoked,
    moved
  };

  bool change_unless(state wrong, state to) const noexcept {
    auto now = state_.load();
    while (now != wrong)
      if (state_.compare_exchange_weak(now, to))
        return true;
    return false;
  }

  bool change(state from, state to) const noexcept {
    return state_.compare_exchange_strong(from, to);
  }

  // A row is immutable but for this, as with `ets::cell`.
  mutable std::atomic<state> state_ = state::pending;
};

/// Stands between what one shows and the look at what the other has shown.
inline void claim_fence() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

} // namespace kv
