#pragma once

namespace kv::ets {

/// Fetches the cache line at `address`, which need not be anybody's.
///
/// The empty statement has GCC see an effect: a function that only prefetches
/// is one without any to it, and calls of it are left out.
inline void read_ahead(const void* address) noexcept {
  __builtin_prefetch(address);
  asm volatile("");
}

/// Fetches a line as far as the second cache, for whoever needs many lines soon
/// but none at once: twice as many can be under way as with `read_ahead`.
inline void read_ahead_many(const void* address) noexcept {
  __builtin_prefetch(address, 0, 2);
  asm volatile("");
}

} // namespace kv::ets
