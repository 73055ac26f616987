#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/otp/child_spec.hpp"
#include "actors/otp/crash_journal.hpp"
#include "actors/otp/names.hpp"
#include "actors/otp/strategy.hpp"
#include "actors/otp/table_life.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <vector>

namespace kv::otp {

/// A SUPERVISOR starts its children in order, restarts the ones that end, and
/// stops them in reverse order, one at a time. It writes their ids into the
/// names table, and it may own tables, which thereby survive its children.
///
/// Send it an exit message to stop the tree in order; it ends with that reason
/// once the last child has. Kill it, and its children are killed with it.
///
/// It does one thing after the other: a request that changes something waits
/// until the children that are being stopped have ended. One that only asks is
/// answered at once, always.
///
/// Errors of all requests: shutting_down. Of those with an id: no_such_child.
using supervisor_actor = caf::typed_actor<
  // Starts one more child, after all others, and returns it. Errors:
  // already_started, already_present, badarg, or what its start failed with;
  // then its spec is dropped.
  caf::replies_to<atom::start_child, child_spec>::with<child>,
  // Stops a child within its deadline; fine if it does not run. A temporary one
  // is forgotten, others can be started again.
  caf::replies_to<atom::terminate_child, std::string>::with<caf::ok_atom>,
  // Starts a child that has been stopped, or was quarantined. Errors: running,
  // restarting, or what its start failed with; then it stays stopped.
  caf::replies_to<atom::restart_child, std::string>::with<child>,
  // Forgets a child that has been stopped. Errors: running, restarting.
  caf::replies_to<atom::delete_child, std::string>::with<caf::ok_atom>,
  caf::replies_to<atom::get_child_spec, std::string>::with<child_spec>,
  // Returns the children, last started first.
  caf::replies_to<atom::which_children>::with<std::vector<child_info>>,
  caf::replies_to<atom::count_children>::with<child_counts>,
  // Returns the child of that id as soon as it runs; waits for a restart.
  // Errors: no_such_child, also if it ended for good; quarantined.
  caf::replies_to<atom::await, std::string>::with<caf::strong_actor_ptr>,
  // The same for callers that are no actors.
  caf::reacts_to<atom::await, std::string, completion<caf::strong_actor_ptr>>,
  // Tries again to start a child. For its own use.
  caf::reacts_to<atom::restart, std::string, uint64_t>,
  // A child's shutdown deadline has passed. For its own use.
  caf::reacts_to<atom::deadline, caf::actor_addr>>;

/// What a supervisor is made of. Tables are given up last.
struct supervisor_init {
  supervisor_flags flags = {};
  kept_tables tables = {};
  std::vector<child_spec> children = {};
  crash_journal_ptr journal = {}; ///< Where ends are recorded, if anywhere.
};

/// OTP's `init` callback: runs in the new supervisor, whose tables it makes.
using init_function = std::function<supervisor_init(caf::local_actor* self)>;

/// Returns the spec of a supervisor below another: it gets all the time its own
/// children need to end. Both write to the same table of names.
child_spec supervisor_spec(std::string id, ets::writer<names_table> names,
                           init_function init,
                           restart policy = restart::permanent);

/// Starts a supervisor that no other supervises.
/// Errors: what kept it from starting, e.g. `start_failed` with the text of a
/// child's failure; the children before that one are then stopped, in reverse
/// order, one at a time, after this returns.
caf::expected<supervisor_actor> start_root(caf::actor_system& sys,
                                           ets::writer<names_table> names,
                                           const init_function& init);

} // namespace kv::otp
