#pragma once

#include "actors/ets/byte_lock.hpp"
#include "actors/ets/lines.hpp"

#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// A line that is free.
struct unused_line {
  unused_line* next;
};

// The pool behind allocate_line. Invariants:
//
// 1. Memory comes from the system in regions of chunks. A chunk is 64 KiB at an
//    address that is a multiple of that; one of its lines is its head, so that
//    a line tells its chunk. It is another one from chunk to chunk: otherwise
//    all heads would want the same few places in the caches.
// 2. The lines of a chunk that are not used are those in its list, and those
//    from `fresh` on, which nobody has asked for yet: the system need not have
//    given their pages.
// 3. Chunks with lines to give are in one list. A region without any line in
//    use goes back to the system, but for one: who erases and inserts in turn
//    does not ask the system each time.
// 4. A region is one chunk at first, so that small programs stay small; once
//    there is a MiB, it is 2 MiB, which may be one large page.
class line_pool {
public:
  static constexpr std::size_t chunk_size = 64 << 10;
  static constexpr std::uint32_t lines_in_chunk = chunk_size / line_size;

  /// Takes a list of `n` lines. Errors: std::bad_alloc, and none is taken.
  unused_line* take(std::size_t n);

  /// Takes back a list of lines.
  void give(unused_line* lines) noexcept;

  line_bytes bytes() noexcept;

private:
  struct chunk {
    unused_line* free = nullptr;
    chunk* next = nullptr; ///< In the list of those with lines to give.
    chunk* previous = nullptr;
    chunk* first = nullptr; ///< Of the region.
    std::uint32_t fresh = 0;
    std::uint32_t used = 0;
    // Of the whole region, in its first chunk:
    std::uint32_t chunks = 0;
    std::uint32_t used_in_region = 0;
  };

  static_assert(sizeof(chunk) <= line_size);

  static chunk* head_of(std::uintptr_t base) noexcept;
  static std::uintptr_t base_of(const void* line) noexcept;

  void give_one(unused_line* line) noexcept;
  unused_line* take_one() noexcept;
  void add_region();
  void remove(chunk& first) noexcept;
  void open(chunk& which) noexcept;
  void shut(chunk& which) noexcept;

  byte_lock lock_;
  chunk* open_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t used_ = 0;    // lines
  std::size_t to_give_ = 0; // lines in the open chunks
  std::size_t idle_regions_ = 0;
};

} // namespace kv::ets::detail
