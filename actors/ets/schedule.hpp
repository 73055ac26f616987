#pragma once

#include <atomic>

namespace kv::ets::detail {

#if defined(KV_SCHEDULE_POINTS)

/// What test builds run between two steps of an engine, e.g. a random yield;
/// null: nothing.
inline constinit std::atomic<void (*)()> at_schedule_point{nullptr};

inline void schedule_point() {
  if (auto* run = at_schedule_point.load(std::memory_order_relaxed))
    run();
}

#else

inline void schedule_point() {
  // nop
}

#endif

} // namespace kv::ets::detail
