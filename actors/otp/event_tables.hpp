#pragma once

#include "actors/ets/cell.hpp"
#include "actors/ets/table.hpp"
#include "actors/otp/event_manager.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

// What an event manager leaves to its successor, and how it is set up.

namespace kv::otp {

/// How far a handler has come. Shared by a manager and its successor.
struct handler_progress {
  ets::cell<uint64_t> owed; ///< The first event it has not acknowledged,
  ets::cell<uint64_t> next; ///< the first it has to hear of,
  ets::cell<uint64_t> told; ///< and the last it may have been told.
};

/// A handler and what it asked for. The table of them belongs to the manager's
/// supervisor, so that a new manager tells the same handlers.
struct handler_entry {
  caf::actor_id id;
  uint64_t order; ///< Handlers are told in the order they were added.
  caf::actor handler;
  caf::actor owner;
  std::shared_ptr<const handler_options> options;
  std::shared_ptr<const handler_progress> progress;
  caf::actor_addr heir_of = {}; ///< Told nothing until that one's state came.
};

using handlers_table = ets::set<handler_entry, &handler_entry::id>;

/// Who waits for an event, and by which number.
struct event_origin {
  caf::actor_id caller = 0;
  uint64_t number = 0;

  friend bool operator==(const event_origin&, const event_origin&) = default;
};

/// An event in a log; or some that nobody has any more.
struct event_entry {
  uint64_t number;
  caf::message payload;
  event_origin origin;
  uint64_t lost_to = 0; ///< If lost, the last of them; `number` is the first.
};

/// The log, if it belongs to the manager's supervisor.
using events_table = ets::set<event_entry, &event_entry::number>;

struct event_manager_options {
  ets::writer<handlers_table> handlers;
  /// What handlers get to acknowledge an event.
  std::chrono::steady_clock::duration deadline = std::chrono::seconds{5};
  /// So many events are kept for handlers that want earlier ones.
  size_t history = 0;
  /// So many may wait for handlers without room, beside those that somebody
  /// waits for: a handler loses none of these before it is late.
  size_t backlog = 65'536;
  /// Without one, events and their numbers end with the manager.
  ets::writer<events_table> events = {};
  /// Beyond so many messages, see `event_manager_actor`.
  uint32_t mailbox_limit = 200'000;
};

} // namespace kv::otp
