#pragma once

#include <caf/fwd.hpp>

namespace kv {

/// Has systems of this configuration scheduled like CAF's policy `sharing`, one
/// queue for all workers, but by workers that `wait_awake` when they run
/// out of work: who sends them something soon after does not wait until the
/// system has woken a thread. They give way to any other thread meanwhile.
/// Complexity of scheduling: O(1). Errors: none.
void use_awake_workers(caf::actor_system_config& cfg);

} // namespace kv
