#pragma once

#include <atomic>

namespace kv::ets::detail {

#if defined(KV_SCHEDULE_POINTS)

/// Test builds count the tables and the parts of tables that exist: whatever a
/// test does, none is left after it.
inline constinit std::atomic<long> live_parts{0};

struct counted_part {
  counted_part() noexcept {
    live_parts.fetch_add(1, std::memory_order_relaxed);
  }

  counted_part(const counted_part&) noexcept : counted_part() {
    // nop
  }

  counted_part& operator=(const counted_part&) noexcept = default;

  ~counted_part() {
    live_parts.fetch_sub(1, std::memory_order_relaxed);
  }
};

#else

struct counted_part {};

#endif

} // namespace kv::ets::detail
