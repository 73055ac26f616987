#include "actors/base/allocator.hpp"

#include <malloc.h>

namespace kv {

void tune_allocator() {
  constexpr int arenas = 2;
  constexpr int top_pad = 64 << 20; // bytes
  mallopt(M_ARENA_MAX, arenas);     // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TOP_PAD, top_pad);      // NOLINT(concurrency-mt-unsafe)
}

} // namespace kv
