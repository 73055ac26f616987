#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/ets/table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace kv::otp {

/// The EVENT MANAGER (OTP: `gen_event`) tells events to its handlers. Handlers
/// are actors and run beside one another. A handler gets every event as a plain
/// message `(atom::event, uint64_t n, payload...)` and answers
/// `(atom::ack, n)`, at once or later, by returning or promising `event_ack`;
/// an event it has no clause for counts as acknowledged. A `state_actor` sees
/// to that by itself. Any other actor answers with an error that names no
/// event, which acknowledges the oldest it owes: one that also keeps
/// acknowledgements back needs a clause for every event.
///
/// A handler that ends, or answers with an error, is removed. One that owes
/// acknowledgements, and whose oldest has been due for as long as the deadline,
/// is told asynchronously until it has caught up: it delays everyone once, and
/// loses nothing.
using event_manager_actor = caf::typed_actor<
  // Adds a handler. Errors: already_present.
  caf::replies_to<atom::add_handler, caf::actor>::with<caf::ok_atom>,
  // Adds a handler on behalf of an owner (GenEvent: `add_mon_handler`). The
  // owner gets `(atom::handler_exit, caf::actor_addr handler, caf::error)` when
  // the handler leaves; the handler is removed when the owner ends.
  caf::replies_to<atom::add_handler, caf::actor,
                  caf::actor>::with<caf::ok_atom>,
  // Adds a handler for callers that are no actors.
  caf::reacts_to<atom::add_handler, caf::actor, completion<caf::unit_t>>,
  // Removes a handler. Errors: no_such_actor.
  caf::replies_to<atom::delete_handler, caf::actor>::with<caf::ok_atom>,
  // Returns the handlers, last added first.
  caf::replies_to<atom::which_handlers>::with<std::vector<caf::actor>>,
  // Tells an event to all handlers; nobody waits.
  caf::reacts_to<atom::notify, caf::message>,
  // The same, and answers with the caller's number once every handler has
  // acknowledged. A plain message is answered by a plain message.
  caf::replies_to<atom::sync_notify, uint64_t, caf::message>::with<atom::told,
                                                                   uint64_t>,
  // A handler's answer.
  caf::reacts_to<atom::ack, uint64_t>,
  // Looks for handlers that are late. For its own use.
  caf::reacts_to<atom::deadline>>;

/// What a handler answers to event `n`.
using event_ack = caf::result<atom::ack, uint64_t>;

/// Returns the acknowledgement of event `n`.
inline event_ack ack(uint64_t n) {
  return {atom::ack_v, n};
}

/// A handler and its owner, if it has one. The table of them belongs to the
/// manager's supervisor, so that a new manager tells the same handlers.
struct handler_entry {
  caf::actor_id id;
  uint64_t order; ///< Handlers are told in the order they were added.
  caf::actor handler;
  caf::actor owner;
};

using handlers_table = ets::set<handler_entry, &handler_entry::id>;

class event_manager_state {
public:
  using handle_type = event_manager_actor;

  static constexpr const char* name = "otp.event_manager";

  using clock = std::chrono::steady_clock;

  /// @param handlers May hold the handlers of a previous manager.
  event_manager_state(handle_type::pointer self,
                      ets::writer<handlers_table> handlers,
                      clock::duration deadline = std::chrono::seconds{5});

  handle_type::behavior_type make_behavior();

private:
  using told_promise = caf::typed_response_promise<atom::told, uint64_t>;

  /// What one handler has been told and has not acknowledged.
  struct recipient {
    handler_entry entry;
    std::deque<uint64_t> outstanding;
    clock::time_point since; ///< When the first of them became the first.
    bool late = false;       ///< Nobody waits for it now.
  };

  /// An event that waits for acknowledgements.
  struct pending_event {
    size_t missing = 0;
    uint64_t callers_number = 0;
    told_promise promise;
  };

  caf::error add(caf::actor handler, caf::actor owner);

  /// Tells an event; `missing` of the result is 0 if nobody has to be waited
  /// for, in which case the event is not pending.
  void tell(const caf::message& event, pending_event context);

  void on_ack(uint64_t n);

  void on_error(const caf::error& reason);

  void on_down(const caf::down_msg& msg);

  void remove(std::vector<recipient>::iterator pos, const caf::error& reason);

  /// One acknowledgement of event `n` fewer is missing.
  void settle(uint64_t n);

  /// Drops finished events from the front.
  void trim();

  void sweep();

  void arm(clock::duration after);

  /// Monitors a handler and its owner, who may have other roles here.
  void watch(const handler_entry& x);

  void unwatch(const handler_entry& x);

  std::vector<recipient>::iterator find(const caf::actor_addr& handler);

  handle_type::pointer self_;
  ets::writer<handlers_table> handlers_;
  clock::duration deadline_;
  std::vector<recipient> recipients_;
  boost::unordered_flat_map<caf::actor_id, size_t> watched_; ///< Roles each.
  std::deque<pending_event> pending_; ///< Events `first_`, `first_ + 1`, ...
  uint64_t first_ = 1;
  bool armed_ = false;
};

} // namespace kv::otp
