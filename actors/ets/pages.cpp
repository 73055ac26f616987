#include "actors/ets/pages.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace kv::ets::detail {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t large_page = 2 << 20;
constexpr std::align_val_t line{64};

constinit std::atomic<std::size_t> mapped{0};

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

} // namespace

void* map_pages(std::size_t bytes) {
  bytes = round_up(bytes, page);
  const auto whole = bytes + large_page - page;
  auto* block = mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block == MAP_FAILED) // NOLINT(*-int-to-ptr,*-cstyle-cast)
    throw std::bad_alloc{};
  auto* from = static_cast<std::byte*>(block);
  const auto at = reinterpret_cast<std::uintptr_t>(from);
  const auto before = round_up(at, large_page) - at;
  if (before != 0)
    munmap(from, before);
  if (const auto behind = whole - before - bytes; behind != 0)
    munmap(from + before + bytes, behind);
  madvise(from + before, bytes, MADV_HUGEPAGE); // as far as there are any
  return from + before;
}

void unmap_pages(void* pages, std::size_t bytes) noexcept {
  munmap(pages, round_up(bytes, page));
}

void* allocate_array(std::size_t bytes) {
  if (bytes < mapped_size)
    return ::operator new(bytes, line);
  auto* result = map_pages(bytes);
  mapped += bytes;
  return result;
}

void free_array(void* array, std::size_t bytes) noexcept {
  if (bytes < mapped_size)
    return ::operator delete(array, bytes, line);
  unmap_pages(array, bytes);
  mapped -= bytes;
}

std::size_t mapped_bytes() noexcept {
  return mapped.load();
}

} // namespace kv::ets::detail
