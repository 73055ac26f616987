#pragma once

#include "actors/base/atoms.hpp"
#include "actors/otp/child_spec.hpp"
#include "actors/otp/crash_journal.hpp"
#include "actors/otp/restart_window.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

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
  crash_journal_ptr journal = {}; ///< Where crashes are recorded, if anywhere.
};

class dynamic_supervisor_state {
public:
  using handle_type = dynamic_supervisor_actor;

  static constexpr const char* name = "otp.dynamic_supervisor";

  dynamic_supervisor_state(handle_type::pointer self,
                           tagged_start_function start,
                           dynamic_options options = {});

  /// Kills the children that still run.
  ~dynamic_supervisor_state();

  handle_type::behavior_type make_behavior();

  void show(inspection& out) const;

private:
  /// Hashes and compares actors by their id: 8 bytes a child, and no more.
  struct by_id {
    using is_transparent = void;

    static caf::actor_id id(caf::actor_id x) {
      return x;
    }

    static caf::actor_id id(const caf::strong_actor_ptr& x) {
      return x->id();
    }

    template <class T>
    size_t operator()(const T& x) const {
      return boost::hash<caf::actor_id>{}(id(x));
    }

    template <class T, class U>
    bool operator()(const T& x, const U& y) const {
      return id(x) == id(y);
    }
  };

  using children
    = boost::unordered_flat_set<caf::strong_actor_ptr, by_id, by_id>;

  using promise = caf::typed_response_promise<caf::ok_atom>;

  start_result start(uint64_t ref, const std::string& tag);

  void on_down(const caf::down_msg& msg);

  void record(std::string who, const caf::error& reason);

  void restart(const std::string& tag);

  void terminate(const caf::strong_actor_ptr& child, const promise& done);

  void ask_to_end(const caf::strong_actor_ptr& child);

  void begin_shutdown(const caf::error& reason);

  void send_exit_to_all(caf::exit_reason reason);

  handle_type::pointer self_;
  tagged_start_function start_;
  dynamic_options options_;
  restart_window window_;
  children children_;
  /// What restartable children were started with.
  boost::unordered_flat_map<caf::actor_id, std::string> tags_;
  /// Children that could not be restarted yet, by the number of the attempt.
  boost::unordered_flat_map<uint64_t, std::string> restarting_;
  /// Children that are being stopped, and who waits for it.
  boost::unordered_flat_map<caf::actor_id, std::vector<promise>> stopping_;
  uint64_t attempts_ = 0;
  bool shutting_down_ = false;
  caf::error exit_reason_;
};

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::start_result)
