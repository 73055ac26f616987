#pragma once

#include "actors/otp/event_store.hpp"
#include "actors/otp/inspection.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <memory>
#include <vector>

namespace kv::otp {

/// What runs behind an `event_manager_actor`.
class event_manager_state {
public:
  using handle_type = event_manager_actor;

  static constexpr const char* name = "otp.event_manager";

  static constexpr bool answers_at_once = true;

  /// Takes over the handlers and the events of a previous manager.
  event_manager_state(handle_type::pointer self, event_manager_options options);

  handle_type::behavior_type make_behavior();

  void show(inspection& out) const;

  uint32_t mailbox_limit() const noexcept {
    return options_.mailbox_limit;
  }

  /// Answers a request of somebody who is no actor.
  static bool refuse(caf::type_erased_tuple& content, const caf::error& reason);

  /// Returns whether that is an event that nobody waits for.
  static bool may_drop(const caf::type_erased_tuple& content);

private:
  using clock = std::chrono::steady_clock;
  using told_promise = caf::typed_response_promise<atom::told, uint64_t>;

  /// A handler, and the events it wants and has not acknowledged. Its filter is
  /// asked once for each event.
  struct recipient {
    handler_entry entry;
    std::deque<uint64_t> waiting = {};     ///< Those it has not been told,
    std::deque<uint64_t> outstanding = {}; ///< and those it has.
    uint64_t counts = 0;    ///< The first event somebody may wait for it with.
    uint64_t told = 0;      ///< The last event it may have been told,
    uint64_t replay_to = 0; ///< and the same while it does not know, or 0.
    uint64_t lost = 0; ///< The first event it lost and has not heard of, or 0,
    uint64_t lost_to = 0;         ///< and the last one.
    clock::time_point since = {}; ///< When its oldest event became the oldest.
    bool late = false;            ///< Nobody waits for it now.
    bool leaving = false;         ///< Its heir gets the events.
    caf::error broken = {};       ///< What its filter or callback threw.

    bool has_room() const {
      return !entry.heir_of && outstanding.size() < entry.options->window;
    }
  };

  using recipient_ptr = std::unique_ptr<recipient>;

  /// Who waits for an event.
  struct waiter {
    uint64_t number;
    told_promise promise;
  };

  /// An event that somebody waits for.
  struct pending_event {
    size_t missing = 0;
    std::vector<waiter> waiting = {};
  };

  // -- who is told
  caf::error add(caf::actor handler, handler_options options);
  recipient& enter(handler_entry entry);
  void take_over(const handler_entry& entry);
  void go_on(recipient& x);
  caf::error swap(const caf::actor& old, caf::actor handler);
  void ask_for_state(recipient& heir);
  void on_state(const caf::message& state);
  void inherit(recipient& heir, const caf::message& state);
  caf::result<caf::message> call(const caf::actor& handler,
                                 const caf::message& request);
  void on_error(const caf::error& reason);
  void on_down(const caf::down_msg& msg);
  void expel(recipient& x, const caf::error& reason);
  void remove(recipient& x, const caf::error& reason);
  void set_broken(recipient& x, caf::error reason);
  void remove_broken();
  void watch(const caf::actor& who);
  void unwatch(const caf::actor& who);
  recipient* find(const caf::actor_addr& handler);
  recipient* sender();

  // -- what they are told
  void notify(const caf::message& event);
  caf::result<atom::told, uint64_t> sync_notify(uint64_t number,
                                                const caf::message& event);
  uint64_t tell(const caf::message& event, const event_origin& origin);
  void tell_of_loss();
  void offer(recipient& x, const event_entry& event);
  void pump(recipient& x);
  void announce(recipient& x, uint64_t n);
  void deliver(recipient& x, const event_entry& event);
  void call_back(recipient& x, const event_entry& event);
  bool wants(recipient& x, const caf::message& event);
  void save(const recipient& x) const;

  // -- what the log holds
  void trim();
  uint64_t first_needed() const;
  void drop_oldest();
  void lose_oldest();

  // -- acknowledgements
  size_t count_debtors(uint64_t n) const;
  static bool owes(const recipient& x, uint64_t n);
  void on_ack(recipient& x, uint64_t n);
  void release(recipient& x);
  void settle(const recipient& x, uint64_t n);
  void sweep();
  clock::time_point now(); ///< The same while one message is handled.
  void arm(clock::duration after);

  handle_type::pointer self_;
  event_manager_options options_;
  event_store log_;
  std::vector<recipient_ptr> recipients_;
  boost::unordered_flat_map<caf::actor_id, recipient*> by_id_;
  boost::unordered_flat_map<caf::actor_id, size_t> watched_; ///< Roles each.
  boost::unordered_flat_map<uint64_t, pending_event> pending_;
  size_t waiting_ = 0;     ///< Of all recipients.
  size_t outstanding_ = 0; ///< Of all recipients.
  clock::time_point now_;  ///< See `now`; zero if nobody has asked yet.
  bool armed_ = false;
  bool some_broken_ = false;
};

} // namespace kv::otp
