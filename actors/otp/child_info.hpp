#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace kv::otp {

/// OTP: `type`.
enum class child_type : uint8_t { worker, supervisor };

/// What a child is doing.
enum class child_status : uint8_t {
  running,
  restarting,  ///< It runs again as soon as it can be started.
  stopped,     ///< It stays so until `restart_child`, or a group's restart.
  quarantined, ///< It crashed too often; it stays so until `restart_child`.
};

std::string to_string(child_status x);

/// What a supervisor says of one child (OTP: `which_children`).
struct child_info {
  std::string id;
  caf::strong_actor_ptr ptr; ///< Null unless the child runs.
  uint64_t restarts = 0;     ///< Since the supervisor started.
  child_status status = child_status::running;
  child_type type = child_type::worker;
  std::chrono::milliseconds uptime{0};   ///< If it runs.
  std::chrono::milliseconds retry_in{0}; ///< If it is restarting.
};

/// OTP: `count_children`.
struct child_counts {
  uint64_t specs = 0;       ///< Children the supervisor knows, dead or alive.
  uint64_t active = 0;      ///< Children that run now.
  uint64_t supervisors = 0; ///< Those of the specs that say so.
  uint64_t workers = 0;     ///< The others.
};

} // namespace kv::otp

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<kv::otp::child_info>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kv::otp::child_counts)
