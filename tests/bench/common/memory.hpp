#pragma once

#include <jemalloc/jemalloc.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace kv::bench {

/// Returns the bytes in use, rounded up to the allocator's size classes.
inline size_t allocated() {
  uint64_t epoch = 1; // what is asked after it is fresh
  if (mallctl("epoch", nullptr, nullptr, &epoch, sizeof(epoch)) != 0)
    throw std::runtime_error("the allocator has no figures");
  size_t result = 0;
  auto size = sizeof(result);
  mallctl("stats.allocated", &result, &size, nullptr, 0);
  return result;
}

} // namespace kv::bench
