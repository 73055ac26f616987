#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/completion.hpp"
#include "actors/otp/child_spec.hpp"
#include "actors/otp/names.hpp"
#include "actors/otp/restart_window.hpp"
#include "actors/otp/strategy.hpp"
#include "actors/otp/table_life.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <vector>

namespace kv::otp {

/// A SUPERVISOR starts its children in order, restarts the ones that end, and
/// stops them in reverse order, one at a time. It writes their ids into the
/// names table, and it may own tables, which thereby survive its children.
///
/// Send it an exit message to stop the tree in order; it ends with that reason
/// once the last child has. Kill it, and its children are killed with it.
using supervisor_actor = caf::typed_actor<
  // Returns the children, last started first.
  caf::replies_to<atom::which_children>::with<std::vector<child_info>>,
  caf::replies_to<atom::count_children>::with<child_counts>,
  // Returns the child of that id as soon as it runs; waits for a restart.
  // Errors: no_such_child, also if it ended for good; shutting_down.
  caf::replies_to<atom::await, std::string>::with<caf::strong_actor_ptr>,
  // The same for callers that are no actors.
  caf::reacts_to<atom::await, std::string, completion<caf::strong_actor_ptr>>,
  // Tries again to start a child whose last start failed. For its own use.
  caf::reacts_to<atom::restart, std::string>,
  // A child's shutdown deadline has passed. For its own use.
  caf::reacts_to<atom::deadline, caf::actor_addr>>;

/// OTP: the supervisor flags.
struct supervisor_flags {
  otp::strategy strategy = otp::strategy::one_for_one;
  size_t intensity = 3; ///< More restarts than this within `period` end it.
  std::chrono::milliseconds period = std::chrono::seconds{5};
};

/// What a supervisor is made of. Tables are given up last.
struct supervisor_init {
  supervisor_flags flags = {};
  kept_tables tables = {};
  std::vector<child_spec> children = {};
};

/// OTP's `init` callback: runs in the new supervisor, whose tables it makes.
using init_function = std::function<supervisor_init(caf::local_actor* self)>;

class supervisor_state {
public:
  using handle_type = supervisor_actor;

  static constexpr const char* name = "otp.supervisor";

  /// Starts all children before it returns; throws if one cannot be started,
  /// having killed those before it.
  /// @param names The table this supervisor writes its children's names to.
  supervisor_state(handle_type::pointer self, ets::writer<names_table> names,
                   const init_function& init);

  /// Kills the children that still run.
  ~supervisor_state();

  handle_type::behavior_type make_behavior();

private:
  struct entry {
    child_spec spec;
    caf::strong_actor_ptr ptr;
    uint64_t restarts = 0;
    bool kept = false; ///< It ended for good, its spec stays.
  };

  using entries = std::vector<entry>;

  struct waiter {
    std::string id;
    caf::typed_response_promise<caf::strong_actor_ptr> promise;
    completion<caf::strong_actor_ptr> done;

    void deliver(const caf::strong_actor_ptr& ptr);
    void fail(const caf::error& reason);
  };

  entries::iterator find(const std::string& id);

  void start_all(std::vector<child_spec> children);

  caf::error start(entry& x);

  void on_down(const caf::down_msg& msg);

  /// Restarts a child, or gives up if that were one restart too many.
  void try_restart(entry& x);

  void await(waiter x);

  void begin_shutdown(const caf::error& reason);

  /// Stops the last child that runs, or ends if there is none.
  void stop_next();

  void on_deadline(const caf::actor_addr& child);

  void kill_all() noexcept;

  void forget_name(const entry& x) noexcept;

  handle_type::pointer self_;
  ets::writer<names_table> names_;
  kept_tables tables_;
  restart_window window_{0, {}};
  entries entries_;
  std::vector<waiter> waiters_;
  bool shutting_down_ = false;
  caf::error exit_reason_;
};

/// Starts a supervisor that no other supervises.
/// Errors: what kept it from starting, e.g. a child's failed start.
caf::expected<supervisor_actor> start_root(caf::actor_system& sys,
                                           ets::writer<names_table> names,
                                           const init_function& init);

} // namespace kv::otp
