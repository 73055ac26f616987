#pragma once

#include "actors/otp/child_spec.hpp"

#include <cstdint>

namespace kv::otp {

/// Which children a child's end concerns (OTP: `strategy`).
enum class strategy : uint8_t {
  one_for_one, ///< Only the one that ended.
};

/// What a supervisor does about a child that ended by itself.
enum class verdict : uint8_t {
  restart, ///< Start it again, if the intensity allows one more restart.
  keep,    ///< Leave it stopped; its spec stays.
  forget,  ///< Drop its spec.
};

/// Decides about a child that ended with `reason`. A pure function: what the
/// supervisor does with the verdict is the supervisor's business.
inline verdict judge(restart policy, const caf::error& reason) {
  switch (policy) {
    case restart::permanent:
      return verdict::restart;
    case restart::transient:
      return is_orderly(reason) ? verdict::keep : verdict::restart;
    case restart::temporary:
      break;
  }
  return verdict::forget;
}

} // namespace kv::otp
