#pragma once

#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// The size of a cache line, and its alignment.
inline constexpr std::size_t line_size = 64;

/// Returns memory for what fills a cache line. It has no header, comes from the
/// blocks of one pool for all tables, and from a list of the thread's own as
/// long as that has any. AddressSanitizer's builds ask the heap instead, which
/// it watches.
///
/// Complexity: constant, a lock for every 64 calls. Thread safety: any thread.
/// Errors: std::bad_alloc.
void* allocate_line();

/// Frees a line, on whatever thread.
void free_line(void* line) noexcept;

/// What the pool has, in bytes.
struct line_bytes {
  std::size_t mapped = 0; ///< Taken from the system.
  std::size_t used = 0;   ///< In lines, those in the lists of threads included.
};

line_bytes bytes_of_lines() noexcept;

} // namespace kv::ets::detail
