#pragma once

#include "actors/base/atoms.hpp"
#include "actors/otp/child_spec.hpp"
#include "actors/otp/crash_journal.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace kv::otp {

/// What became of one `start_child`: a child and what its start function said
/// of it, or an error. `ref` is the number the caller gave.
struct start_result {
  uint64_t ref = 0;
  caf::strong_actor_ptr ptr;
  caf::message info;
  caf::error failure;
};

/// A DYNAMIC SUPERVISOR starts children of one kind on request, any number of
/// them, known by their handles alone. It stops them all at once. Temporary
/// children, which it never restarts, cost it 8 bytes each.
using dynamic_supervisor_actor = caf::typed_actor<
  // Starts a child. As a plain message it is answered by a plain message, so
  // that 100,000 of them leave no pending request behind.
  // Errors: max_children, shutting_down, or what its start failed with.
  caf::replies_to<atom::start_child, uint64_t, std::string>::with<atom::started,
                                                                  start_result>,
  // Stops a child within its deadline, for good.
  // Errors: no_such_child.
  caf::replies_to<atom::terminate_child,
                  caf::strong_actor_ptr>::with<caf::ok_atom>,
  // Returns the children that run, in no order.
  caf::replies_to<atom::which_children>::with<
    std::vector<caf::strong_actor_ptr>>,
  caf::replies_to<atom::count_children>::with<child_counts>,
  // Tries again to restart a child. For its own use.
  caf::reacts_to<atom::restart, uint64_t>,
  // The shutdown deadline of one child, or of all, has passed. For its own use.
  caf::reacts_to<atom::deadline, caf::actor_addr>,
  caf::reacts_to<atom::deadline>>;

/// Starts one child; `tag` is what the caller of `start_child` said.
using tagged_start_function = std::function<caf::expected<child>(
  caf::local_actor* parent, const std::string& tag)>;

/// OTP: the flags of a `DynamicSupervisor`.
struct dynamic_options {
  otp::shutdown shutdown = {}; ///< For one child, and for all of them together.
  size_t max_children = std::numeric_limits<size_t>::max();
  otp::restart restart = otp::restart::temporary; ///< For all children.
  size_t intensity = 3; ///< More restarts than this within `period` end it.
  std::chrono::milliseconds period = std::chrono::seconds{5};
  otp::backoff backoff = {};      ///< Of each child that is restarted.
  crash_journal_ptr journal = {}; ///< Where crashes are recorded, if anywhere.
};

/// Returns the spec of a dynamic supervisor below another supervisor: it gets
/// all the time its own children need to end.
child_spec
dynamic_supervisor_spec(std::string id, tagged_start_function start,
                        dynamic_options options = {},
                        otp::restart policy = otp::restart::permanent);

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::start_result)
