#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace kv::otp {

/// Says whether a handler wants an event. Runs in the manager: keep it short.
/// A handler whose filter throws is removed.
using event_filter = std::function<bool(const caf::message& event)>;

/// Gets an event in the manager, in place of the handler. Keep it short, for
/// everyone waits. A handler whose callback throws is removed.
using event_callback
  = std::function<void(uint64_t n, const caf::message& event)>;

/// What a handler asks for when it is added.
struct handler_options {
  /// It is removed when its owner ends. The owner gets
  /// `(atom::handler_exit, caf::actor_addr handler, caf::error)` when it leaves
  /// (GenEvent: `add_mon_handler`).
  caf::actor owner = {};
  /// The first event it wants; 0 is the next one. It is told those that the
  /// manager's log still has. `badarg` if it is ahead of the next one: then it
  /// had its numbers from another manager, and has missed nobody knows what.
  uint64_t from = 0;
  /// So many events wait in its mailbox at most; more wait in the log.
  size_t window = 1024;
  /// When the log has no room for what waits: is it removed (`overloaded`), or
  /// does it lose the oldest? It is told `(atom::lost, from, to)` then.
  bool remove_when_full = false;
  event_filter filter = {};
  /// Called for each event, which counts as acknowledged when this returns. The
  /// handler itself gets none.
  event_callback callback = {};
};

/// The EVENT MANAGER (OTP: `gen_event`) tells events to its handlers. Handlers
/// are actors and run beside one another. A handler gets every event as a plain
/// message `(atom::event, uint64_t n, payload...)` and answers
/// `(atom::ack, n)`, at once or later, by returning or promising `event_ack`;
/// an event it has no clause for counts as acknowledged. A `state_actor` sees
/// to that by itself. Any other actor answers with an error that names no
/// event, which acknowledges the oldest it owes: one that also keeps
/// acknowledgements back needs a clause for every event.
///
/// A handler that ends, or answers with an error, is removed; one that lives
/// gets `(atom::handler_exit, its own caf::actor_addr, caf::error)` then. One
/// that owes acknowledgements, and whose oldest has been due for as long as the
/// deadline, is told asynchronously until it has caught up: it delays everyone
/// once, and loses nothing but what its options allow.
///
/// If the manager keeps its events in a table, its successor goes on where it
/// stopped. Events that a handler has not acknowledged are told again, after
/// the message `(atom::replayed, from, to)`: it may have had these before, with
/// the same numbers. Who repeats a `sync_notify` that such a manager did not
/// answer, with the same number, repeats no event.
///
/// A manager whose mailbox is full answers requests with `overloaded`, and
/// events that nobody waits for are dropped: they have numbers, and every
/// handler is told `(atom::lost, from, to)` in their place. Acknowledgements,
/// and a `sync_notify` that is a plain message, always find room: there are no
/// more of them than handlers' windows and callers allow.
using event_manager_actor = caf::typed_actor<
  // Adds a handler, with options or an owner. Errors: already_present.
  caf::replies_to<atom::add_handler, caf::actor>::with<caf::ok_atom>,
  caf::replies_to<atom::add_handler, caf::actor,
                  caf::actor>::with<caf::ok_atom>,
  caf::replies_to<atom::add_handler, caf::actor,
                  handler_options>::with<caf::ok_atom>,
  // Adds a handler for callers that are no actors.
  caf::reacts_to<atom::add_handler, caf::actor, completion<caf::unit_t>>,
  // Removes a handler. Errors: no_such_actor.
  caf::replies_to<atom::delete_handler, caf::actor>::with<caf::ok_atom>,
  // Puts the second handler in the place of the first, whose options it gets.
  // The first is asked `(atom::swap_handler)` once it has been told all events
  // so far, answers `(atom::state, caf::message)`, and leaves; the second gets
  // `(atom::swap_handler, caf::message state)` before its first event: an empty
  // message if there was no first one, or it gave no state within the deadline.
  // Errors: already_present.
  caf::replies_to<atom::swap_handler, caf::actor,
                  caf::actor>::with<caf::ok_atom>,
  // Hands a request on to a handler, which answers it in its own way: ask by an
  // untyped handle. Errors: no_such_actor.
  caf::replies_to<atom::call_handler, caf::actor,
                  caf::message>::with<caf::message>,
  // Returns the handlers, last added first.
  caf::replies_to<atom::which_handlers>::with<std::vector<caf::actor>>,
  // Tells an event to all handlers; nobody waits. As a request it is answered
  // once the manager has it (GenEvent: `ack_notify`).
  caf::reacts_to<atom::notify, caf::message>,
  // The same, and answers with the caller's number once every handler has
  // acknowledged. A plain message is answered by a plain message. Where events
  // are in a table, the number and the caller are one event.
  caf::replies_to<atom::sync_notify, uint64_t, caf::message>::with<atom::told,
                                                                   uint64_t>,
  // Tells handlers which events were dropped. For its own use.
  caf::reacts_to<atom::lost>,
  // What handlers answer.
  caf::reacts_to<atom::ack, uint64_t>,
  caf::reacts_to<atom::state, caf::message>,
  // Looks for handlers that are late. For its own use.
  caf::reacts_to<atom::deadline>>;

/// What a handler answers to event `n`.
using event_ack = caf::result<atom::ack, uint64_t>;

/// Returns the acknowledgement of event `n`.
inline event_ack ack(uint64_t n) {
  return {atom::ack_v, n};
}

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::handler_options)
