#include "actors/otp/overload.hpp"

#include <algorithm>
#include <chrono>

namespace kv::otp {

caf::error overload(uint64_t waiting) {
  // A guess: an actor handles most messages in less than 10 us.
  constexpr uint64_t per_millisecond = 100;
  constexpr uint64_t shortest = 10;
  auto milliseconds = std::max(shortest, waiting / per_millisecond);
  return make_overload(std::chrono::milliseconds{milliseconds});
}

bool refuse_request(caf::actor_control_block* receiver,
                    const caf::mailbox_element& x, const caf::error& reason,
                    caf::execution_unit* unit) {
  if (!x.mid.is_request() || x.mid.is_urgent_message() || !x.sender)
    return false;
  x.sender->enqueue(receiver, x.mid.response_id(), caf::make_message(reason),
                    unit);
  return true;
}

} // namespace kv::otp
