#pragma once

#include "actors/base/error.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>

#include <exception>

// What does not depend on the state of a `state_actor`.

namespace kv::otp {

/// What kept an actor from starting, if anything did.
struct start_report {
  caf::error failure;
  bool ends_later = false; ///< It still has to stop what it had started.
};

/// Says who started an actor. The actor reports its end to `parent` with a
/// `caf::down_msg`, just as a monitor would, at the price of one pointer; one
/// whose constructor throws fills `*report` instead, unless it ends later.
struct supervised {
  caf::strong_actor_ptr parent;
  start_report* report = nullptr;
};

/// Returns what an exception says as an error of code `ec::crashed`.
caf::error to_error(const std::exception_ptr& x);

/// The same for an exception that has left a handler of `self`, with the
/// details of what it was doing; reports the crash to the log.
/// @param waiting How many messages are in its mailbox.
caf::error crash_of(caf::scheduled_actor* self, uint64_t waiting,
                    const std::exception_ptr& x);

/// Returns what a `state_actor` answers to a message it has no clause for: an
/// acknowledgement to an event, `caf::sec::unexpected_message` to the rest.
caf::result<caf::message> answer_unexpected(const caf::message_view& x);

} // namespace kv::otp
