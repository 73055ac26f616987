#pragma once

#include <caf/fwd.hpp>

#include <chrono>

namespace kv {

/// For so long a worker of `use_awake_workers` looks for work before it sleeps:
/// about as long as it takes to put a thread to sleep and to wake it up.
constexpr std::chrono::microseconds worker_patience{50};

/// Has systems of this configuration scheduled like CAF's policy `sharing`, one
/// queue for all workers, but by workers that stay awake for a moment when they
/// run out of work: who sends them something soon after does not wait until the
/// system has woken a thread. They give way to any other thread meanwhile.
/// Complexity of scheduling: O(1). Errors: none.
void use_awake_workers(caf::actor_system_config& cfg);

} // namespace kv
