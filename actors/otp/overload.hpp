#pragma once

#include "actors/base/error.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>

#include <cstdint>

namespace kv::otp {

/// Returns what a request gets that finds so many messages before it:
/// `ec::overloaded`, and when to retry (see `retry_after`).
caf::error overload(uint64_t waiting);

/// Answers a CAF request to `receiver` with an error instead of queuing it.
/// Returns false for what must be queued all the same: answers, urgent messages
/// such as exits, and messages that nobody waits for. Of those, a state may
/// answer what carries its answer along, by `refuse`.
/// Thread safety: any thread, in place of an `enqueue`.
bool refuse_request(caf::actor_control_block* receiver,
                    const caf::mailbox_element& x, const caf::error& reason,
                    caf::execution_unit* unit);

} // namespace kv::otp
