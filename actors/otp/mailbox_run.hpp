#pragma once

#include <caf/scheduled_actor.hpp>

#include <cstddef>

namespace kv::otp {

/// Returns whether an actor takes part in streams.
inline bool has_streams(caf::scheduled_actor& self) noexcept {
  return !self.stream_managers().empty()
         || !self.pending_stream_managers().empty();
}

/// Lets an actor handle up to `most` messages, as CAF's
/// `scheduled_actor::resume` does, but for what serves streams alone: that
/// reads the clock after every third message, and again before the actor waits.
/// @pre The actor has no streams. When it has, this returns `resume_later`.
caf::resumable::resume_result
run_mailbox(caf::scheduled_actor& self, caf::execution_unit* unit, size_t most);

} // namespace kv::otp
