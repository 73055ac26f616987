#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor_control_block.hpp>

namespace kv::otp {

/// Returns whether an actor has not begun to end (Erlang: `is_process_alive`).
/// False at the latest when anyone hears of its end, be it by a down message or
/// by `caf::sec::request_receiver_down`; false for ever from then on. True says
/// only that it was alive at that moment. A proxy of a remote actor is alive
/// until this node knows of the end, or of the loss of the connection.
/// Complexity: O(1), no lock. Thread safety: any thread.
inline bool is_alive(const caf::strong_actor_ptr& x) noexcept {
  using caf::abstract_actor;
  constexpr auto ending = abstract_actor::is_shutting_down_flag
                          | abstract_actor::is_cleaned_up_flag;
  return x && !x->get()->getf(ending);
}

} // namespace kv::otp
