#pragma once

#include "actors/otp/dynamic_supervisor_actor.hpp"
#include "actors/otp/restart_window.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace kv::otp {

/// What runs behind a `dynamic_supervisor_actor`.
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

  /// What a temporary child costs no memory for.
  struct lasting_child {
    std::string tag; ///< What it was started with.
    std::chrono::steady_clock::time_point since = {}; ///< When it started.
    uint64_t restarts = 0;
    uint64_t failures = 0; ///< Restarts since it last was stable.
  };

  start_result start_on_request(uint64_t ref, const std::string& tag);

  start_result start(uint64_t ref, lasting_child x);

  void on_down(const caf::down_msg& msg);

  void on_end(lasting_child x, const caf::error& reason);

  void record(end_record x, const caf::error& reason);

  void restart(lasting_child x);

  void restart_after(std::chrono::milliseconds delay, lasting_child x);

  void terminate(const caf::strong_actor_ptr& child, const promise& done);

  void ask_to_end(const caf::strong_actor_ptr& child);

  void begin_shutdown(const caf::error& reason);

  void send_exit_to_all(caf::exit_reason reason);

  handle_type::pointer self_;
  tagged_start_function start_;
  dynamic_options options_;
  restart_window window_;
  children children_;
  /// Those that may be restarted.
  boost::unordered_flat_map<caf::actor_id, lasting_child> lasting_;
  /// Those that are to be restarted, by the number of the attempt.
  boost::unordered_flat_map<uint64_t, lasting_child> restarting_;
  /// Children that are being stopped, and who waits for it.
  boost::unordered_flat_map<caf::actor_id, std::vector<promise>> stopping_;
  uint64_t attempts_ = 0;
  bool shutting_down_ = false;
  caf::error exit_reason_;
};

} // namespace kv::otp
