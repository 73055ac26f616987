#pragma once

#include <caf/actor_clock.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <utility>

namespace kv {

/// Hands everything to another clock, but for what makes no difference there:
/// an actor that ends has its timeouts cancelled, also if it never had one. In
/// CAF that wakes the clock's thread and, when many end, waits for it.
/// Thread safety: any thread; about one actor, one after the other.
class sparing_clock final : public caf::detail::thread_safe_actor_clock {
public:
  /// @param real Lives as long as this.
  explicit sparing_clock(caf::actor_clock& real) : real_(real) {
    // nop
  }

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, uint64_t id) override {
    note(self);
    real_.set_ordinary_timeout(t, self, type, id);
  }

  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, uint64_t id) override {
    note(self);
    real_.set_multi_timeout(t, self, type, id);
  }

  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override {
    note(self);
    real_.set_request_timeout(t, self, id);
  }

  void cancel_ordinary_timeout(caf::abstract_actor* self,
                               caf::atom_value type) override {
    real_.cancel_ordinary_timeout(self, type);
  }

  void cancel_request_timeout(caf::abstract_actor* self,
                              caf::message_id id) override {
    real_.cancel_request_timeout(self, id);
  }

  void cancel_timeouts(caf::abstract_actor* self) override {
    if (forget(self))
      real_.cancel_timeouts(self);
  }

  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override {
    real_.schedule_message(t, std::move(receiver), std::move(content));
  }

  void schedule_message(time_point t, caf::group target,
                        caf::strong_actor_ptr sender,
                        caf::message content) override {
    real_.schedule_message(t, std::move(target), std::move(sender),
                           std::move(content));
  }

  void cancel_all() override {
    real_.cancel_all();
  }

private:
  void note(caf::abstract_actor* who) {
    std::lock_guard guard{mutex_};
    waiting_.insert(who);
    size_.store(waiting_.size(), std::memory_order_relaxed);
  }

  bool forget(caf::abstract_actor* who) {
    if (size_.load(std::memory_order_relaxed) == 0)
      return false;
    std::lock_guard guard{mutex_};
    auto had_one = waiting_.erase(who) > 0;
    size_.store(waiting_.size(), std::memory_order_relaxed);
    return had_one;
  }

  caf::actor_clock& real_;
  std::mutex mutex_;
  std::unordered_set<caf::abstract_actor*> waiting_; ///< Had a timeout.
  std::atomic<size_t> size_ = 0; ///< Of these; an actor knows its own part.
};

} // namespace kv
