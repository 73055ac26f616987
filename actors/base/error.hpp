#pragma once

#include <caf/error.hpp>
#include <caf/make_message.hpp> // CAF_ERROR_CODE_ENUM needs it

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace kv {

/// Error codes of this application, category `kv`. Values are part of the wire
/// format: append only, never renumber.
enum class ec : uint8_t {
  none = 0,
  badarg = 1,         ///< An argument violates a documented precondition.
  no_such_table = 2,  ///< The table was never created or its owner is gone.
  name_taken = 3,     ///< The name is in use.
  access_denied = 4,  ///< The table's access mode forbids this operation.
  no_such_bucket = 5, ///< No bucket of that name, or it ended meanwhile.
  no_such_child = 6,  ///< The supervisor has no child of that id.
  shutting_down = 7,  ///< The supervisor is stopping its children.
  start_failed = 8,   ///< A child could not be started; the context says why.
  timeout = 9,        ///< The deadline passed; the request may still be done.
  max_restarts = 10,  ///< A supervisor gave up: more restarts than allowed.
  crashed = 11, ///< An exception left a handler; the context has its text.
  no_such_actor = 12,   ///< No actor has that name now.
  already_present = 13, ///< That handler has been added before, or that child.
  already_started = 14, ///< A child of that id runs; the context has it.
  running = 15,         ///< The child runs; stop it first.
  restarting = 16,      ///< The child is being restarted; stop it first.
  max_children = 17,    ///< The supervisor has as many children as it may have.
  quarantined = 18, ///< The child crashed too often and is not restarted now.
  overloaded = 19,  ///< More was waiting than there is room for; not done.
  not_kept = 20,    ///< It cannot be written to the disk; the context says why.
};

/// Returns an error of code `overloaded` that says when to try again.
caf::error make_overload(std::chrono::milliseconds retry_after);

/// Returns when to try again what has failed with `reason`, if that says so.
std::optional<std::chrono::milliseconds> retry_after(const caf::error& reason);

/// Returns the enumerator's name, e.g. `"access_denied"`.
std::string to_string(ec code);

/// Returns a one-line description of `reason`; `"normal"` for no error.
/// Thread safety: any thread.
std::string describe(const caf::error& reason);

/// What an actor was doing when an exception ended it.
struct crash_details {
  std::string last_message; ///< The types of the message it was handling.
  uint64_t mailbox = 0;     ///< How many more were waiting.
};

/// Returns an error of code `crashed`; the details do not show in `describe`.
caf::error make_crash(std::string text, crash_details details);

/// Returns the details of an error that `make_crash` made.
std::optional<crash_details> crash_details_of(const caf::error& reason);

/// Returns whether `reason` is an orderly end (normal or a shutdown), after
/// which a transient child is not restarted.
bool is_orderly(const caf::error& reason);

} // namespace kv

CAF_ERROR_CODE_ENUM(kv::ec, "kv")
