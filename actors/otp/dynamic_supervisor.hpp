#pragma once

#include "actors/base/atoms.hpp"
#include "actors/otp/child_spec.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
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

/// A DYNAMIC SUPERVISOR starts children of one kind on request. They are
/// temporary: it never restarts them. It stops them all at once.
using dynamic_supervisor_actor = caf::typed_actor<
  // Starts a child. As a plain message it is answered by a plain message, so
  // that 100,000 of them leave no pending request behind.
  caf::replies_to<atom::start_child, uint64_t, std::string>::with<atom::started,
                                                                  start_result>,
  // Returns all children, in no order.
  caf::replies_to<atom::which_children>::with<
    std::vector<caf::strong_actor_ptr>>,
  caf::replies_to<atom::count_children>::with<child_counts>,
  // The shutdown deadline has passed. For its own use.
  caf::reacts_to<atom::deadline>>;

/// Starts one child; `tag` is what the caller of `start_child` said.
using tagged_start_function = std::function<caf::expected<child>(
  caf::local_actor* parent, const std::string& tag)>;

class dynamic_supervisor_state {
public:
  using handle_type = dynamic_supervisor_actor;

  static constexpr const char* name = "otp.dynamic_supervisor";

  /// @param deadline What the children get, together, to end in order.
  dynamic_supervisor_state(handle_type::pointer self,
                           tagged_start_function start, shutdown deadline = {});

  /// Kills the children that still run.
  ~dynamic_supervisor_state();

  handle_type::behavior_type make_behavior();

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

  start_result start(uint64_t ref, const std::string& tag);

  void begin_shutdown(const caf::error& reason);

  void send_exit_to_all(caf::exit_reason reason);

  handle_type::pointer self_;
  tagged_start_function start_;
  shutdown deadline_;
  children children_;
  bool shutting_down_ = false;
  caf::error exit_reason_;
};

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::start_result)
