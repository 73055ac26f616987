#pragma once

#include "actors/base/completion.hpp"
#include "actors/otp/crash_journal.hpp"
#include "actors/otp/inspection.hpp"

#include <caf/actor_system.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

// What runs, as JSON, for people and programs that look in from outside.

namespace kv::otp {

/// Who does not answer by then is shown as busy.
constexpr std::chrono::milliseconds look_deadline{1000};

/// Describes a supervisor and all below it; see the README for the members.
/// Supervisors list at most `inspection::most_children` children.
/// Complexity: a message per actor. Thread safety: any thread; does not wait.
/// @param done Is called on some thread, after `look_deadline` at the latest.
void tree_json(caf::actor_system& sys, std::string id,
               const caf::strong_actor_ptr& root,
               completion<nlohmann::json> done);

/// Describes one actor.
/// Errors: `ec::no_such_actor`; `ec::timeout` with what it is busy with.
void actor_json(caf::actor_system& sys, std::string id,
                const caf::strong_actor_ptr& who,
                completion<nlohmann::json> done);

/// Describes messages that were traced.
nlohmann::json trace_json(const std::vector<traced_message>& messages);

/// Describes the last `n` ends, newest first: `{"total": 7, "crashes": [...]}`.
nlohmann::json crashes_json(const crash_journal& journal, size_t n);

/// The same for the journal of the supervisor `who`.
/// Errors: `ec::badarg` if it has none; those of `inspect`.
/// Thread safety: any thread; does not wait.
void crashes_json(const caf::strong_actor_ptr& who, size_t n,
                  completion<nlohmann::json> done);

} // namespace kv::otp
