#pragma once

#include "actors/base/atoms.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/state_actor.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/bench/common/measurement.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kv::bench {

/// An actor system with one worker, as `kv serve` has on 2 cores.
class running_system {
private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg);

  caf::actor_system_config cfg_;

public:
  running_system();

  caf::actor_system sys;
};

/// A supervisor, and the names of its children.
class running_tree : public running_system {
public:
  /// Starts the supervisor, once.
  void start(const otp::init_function& init);

  /// Kills the tree and waits for its end.
  ~running_tree();

  ets::owner<otp::names_table> names;
  otp::supervisor_actor root;
};

/// The peer's server: answers a request with its number, and adds up what it is
/// cast.
using server_actor
  = caf::typed_actor<caf::replies_to<atom::get, int64_t>::with<int64_t>,
                     caf::reacts_to<atom::put, int64_t>>;

class server_state {
public:
  using handle_type = server_actor;

  static constexpr const char* name = "bench.server";

  explicit server_state(handle_type::pointer) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return otp::direct_behavior<handle_type>(
      [](atom::get, int64_t n) { return n; },
      [this](atom::put, int64_t n) { total_ += n; });
  }

private:
  int64_t total_ = 0;
};

/// Returns the name of worker `i`, of 16 bytes as the peer has it.
std::string worker_name(size_t i);

/// Kills these actors from the calling thread.
void kill_all(const std::vector<server_actor>& xs);

std::vector<measurement> message_measurements();
std::vector<measurement> name_measurements();
std::vector<measurement> event_measurements();
std::vector<measurement> supervision_measurements();

} // namespace kv::bench
