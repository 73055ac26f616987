#pragma once

#include <cstddef>

namespace kv::ets::detail {

/// Arrays of this size and above come from the system, not from the heap: their
/// memory goes back at once, and no allocator tidies up what was freed before.
inline constexpr std::size_t mapped_size = 1 << 20;

/// Returns memory for an array, aligned to a cache line; a mapped one is zero,
/// and in large pages where the system has them.
/// Errors: std::bad_alloc.
void* allocate_array(std::size_t bytes);

/// Frees what allocate_array has returned for so many bytes.
void free_array(void* array, std::size_t bytes) noexcept;

/// Returns zeroed pages from the system, at the beginning of a large page.
/// Errors: std::bad_alloc.
void* map_pages(std::size_t bytes);

void unmap_pages(void* pages, std::size_t bytes) noexcept;

/// Bytes of the mapped arrays of all tables. Thread safety: any thread.
std::size_t mapped_bytes() noexcept;

} // namespace kv::ets::detail
