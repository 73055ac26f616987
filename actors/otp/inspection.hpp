#pragma once

#include "actors/base/completion.hpp"
#include "actors/otp/child_info.hpp"
#include "actors/otp/crash_journal.hpp"
#include "actors/otp/message_trace.hpp"

#include <caf/actor_control_block.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace kv::otp {

/// What an actor says of itself. Its state adds to it by an optional member
/// function `void show(inspection& out) const`.
struct inspection {
  caf::actor_id id = 0;
  std::string name;          ///< Of its type.
  uint64_t waiting = 0;      ///< Messages in its mailbox.
  std::string state;         ///< In the words of its type.
  caf::actor_id parent = 0;  ///< The supervisor that hears of its end, or 0.
  uint64_t monitored_by = 0; ///< How many actors monitor it.
  uint64_t monitoring = 0;   ///< How many actors its state monitors.
  std::vector<child_info> children = {}; ///< At most `most_children`.
  uint64_t children_total = 0;
  crash_journal_ptr journal = {}; ///< A supervisor's, if it has one.

  static constexpr size_t most_children = 100;
};

/// Asks a `state_actor` for an `inspection`, ahead of what it has queued.
struct inspect_request {
  completion<inspection> done;
};

/// Asks a `state_actor` to record what it gets from now on.
struct trace_request {
  message_trace_ptr trace;
};

/// Asks an actor what it is doing: `done` is called on some thread, with
/// `ec::badarg` if it is no `state_actor`. One that blocks never answers.
/// Thread safety: any thread; does not wait.
void inspect(const caf::strong_actor_ptr& who, completion<inspection> done);

/// Records the first messages that an actor gets from now on, but at most
/// `most`, and no longer than `time`; `done` gets them then, or when the actor
/// ends. Only one trace of an actor at a time: a new one ends the other.
/// Errors: `ec::badarg` if it is no `state_actor`.
/// Thread safety: any thread; does not wait.
void trace(caf::actor_system& sys, const caf::strong_actor_ptr& who,
           size_t most, std::chrono::milliseconds time,
           completion<std::vector<traced_message>> done);

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::inspect_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::trace_request)
