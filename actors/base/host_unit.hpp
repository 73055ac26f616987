#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/detail/type_traits.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/response_type.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv {

/// Runs actors in place on a thread that is no CAF worker: what the thread
/// enqueues with this unit runs when it calls `run`, without a hop to the
/// scheduler. One unit belongs to one thread at a time, and outlives the actor
/// system, because actors remember the unit that ran them last.
class host_unit final : public caf::execution_unit {
public:
  /// Resumes a thread does for others before it hands the rest over.
  static constexpr size_t default_budget = 512;

  /// Returns the calling thread's unit for `sys`, creating it if need be.
  /// Complexity: O(1) after the first call. Thread safety: any thread.
  static host_unit& of_this_thread(caf::actor_system& sys);

  /// Returns the calling thread's unit for `sys` within its `send` and `run`,
  /// null elsewhere: what is sent with null goes to the scheduler. A callback
  /// that may run on any thread sends with this.
  /// Complexity: O(1). Thread safety: any thread.
  static host_unit* running_here(caf::actor_system& sys);

  /// Queues a job within `send` and `run`. Hands it to the scheduler otherwise,
  /// and when called by a thread that this unit does not belong to: actors
  /// remember the unit that ran them last. Takes over one reference.
  void exec_later(caf::resumable* job) override;

  /// Runs queued jobs, and those that they queue, but at most `budget` of them;
  /// what is left goes to the system's scheduler.
  /// Thread safety: the unit's thread only. May be called from within a job.
  void run(size_t budget = default_budget);

  /// Sends an anonymous message whose receiver, if idle, runs in `run`.
  template <class Handle, class... Ts>
  void send(const Handle& dest, Ts&&... xs) {
    const scope active{*this};
    enqueue(this, dest, std::forward<Ts>(xs)...);
  }

  /// The same with `unit`, or with none: then the scheduler runs the receiver.
  template <class Handle, class... Ts>
  static void send_with(host_unit* unit, const Handle& dest, Ts&&... xs) {
    if (unit != nullptr)
      unit->send(dest, std::forward<Ts>(xs)...);
    else
      enqueue(nullptr, dest, std::forward<Ts>(xs)...);
  }

private:
  /// While there is one, this thread runs what is queued.
  class scope {
  public:
    explicit scope(host_unit& unit) noexcept : unit_(unit) {
      ++unit_.scopes_;
    }

    scope(const scope&) = delete;

    scope& operator=(const scope&) = delete;

    ~scope() {
      --unit_.scopes_;
    }

  private:
    host_unit& unit_;
  };

  explicit host_unit(caf::actor_system& sys);

  template <class Handle, class... Ts>
  static void
  enqueue(caf::execution_unit* unit, const Handle& dest, Ts&&... xs) {
    using message_types
      = caf::detail::type_list<caf::detail::strip_and_convert_t<Ts>...>;
    static_assert(
      std::is_same_v<
        message_types,
        caf::detail::type_list<
          caf::
            exit_msg>> || caf::response_type_unbox<caf::signatures_of_t<Handle>, message_types>::valid,
      "the receiver does not accept this message");
    auto* ptr = caf::actor_cast<caf::abstract_actor*>(dest);
    ptr->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                           std::forward<Ts>(xs)...),
                 unit);
  }

  void run_one();

  friend class host_unit_pool;

  std::vector<caf::resumable*> jobs_;
  size_t next_ = 0;
  size_t scopes_ = 0;
};

} // namespace kv
