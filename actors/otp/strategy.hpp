#pragma once

#include "actors/otp/child_spec.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// What a supervisor does, decided by pure functions: the supervisor carries it
// out.

namespace kv::otp {

/// Which children a child's restart concerns (OTP: `strategy`).
enum class strategy : uint8_t {
  one_for_one,  ///< Only the one that ended.
  one_for_all,  ///< All of them.
  rest_for_one, ///< That one and those started after it.
};

/// Returns the enumerator's name.
std::string to_string(strategy x);

/// Whether the end of significant children ends the supervisor (OTP:
/// `auto_shutdown`). An end that leads to a restart does not, nor does one that
/// the supervisor itself has asked for.
enum class auto_shutdown : uint8_t {
  never,
  any_significant, ///< When the first of them ends.
  all_significant, ///< When the last of them has.
};

/// OTP: the supervisor flags.
struct supervisor_flags {
  otp::strategy strategy = otp::strategy::one_for_one;
  size_t intensity = 3; ///< More restarts than this within `period` end it.
  std::chrono::milliseconds period = std::chrono::seconds{5};
  otp::auto_shutdown auto_shutdown = otp::auto_shutdown::never;
};

/// What a supervisor does about a child that ended by itself.
enum class verdict : uint8_t {
  restart, ///< Start it again, if the intensity allows one more restart.
  keep,    ///< Leave it stopped; its spec stays.
  forget,  ///< Drop its spec.
};

/// Decides about a child that ended with `reason`.
verdict judge(restart policy, const caf::error& reason);

/// What the decisions depend on.
struct child_facts {
  otp::restart restart = otp::restart::permanent;
  bool significant = false;
  bool present = true;      ///< It runs, or is about to run again.
  bool quarantined = false; ///< It is not started along with others.
};

/// Decides whether the supervisor ends because `children[who]` has ended and
/// is not restarted.
bool ends_supervisor(auto_shutdown policy,
                     std::span<const child_facts> children, size_t who);

/// Stops first, one child at a time; then starts; then forgets. Each list has
/// positions among the children, in the order they are dealt with.
struct plan {
  std::vector<size_t> stop = {};
  std::vector<size_t> start = {};
  std::vector<size_t> forget = {};

  friend bool operator==(const plan&, const plan&) = default;
};

/// Plans the restart of `children[who]`, which has ended. As in OTP, temporary
/// children that are stopped on its account are forgotten, and others that had
/// been stopped before are started along, but for quarantined ones.
/// one_for_one looks at none of `children`.
plan plan_restart(strategy how, std::span<const child_facts> children,
                  size_t who);

/// Plans a shutdown of `n` children: all of them, last started first.
plan plan_shutdown(size_t n);

} // namespace kv::otp
