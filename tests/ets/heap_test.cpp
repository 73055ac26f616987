// Replaces the global allocation functions of this executable to count.
#include "tests/ets/heap.hpp"

#include <cstdlib>
#include <new>

namespace {

struct totals {
  std::size_t allocations = 0;
  std::size_t bytes = 0;
};

constinit thread_local totals mine;

} // namespace

void* operator new(std::size_t size) {
  auto* block = std::malloc(size);
  if (block == nullptr)
    throw std::bad_alloc{};
  ++mine.allocations;
  mine.bytes += size;
  return block;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}

void operator delete(void* block) noexcept {
  std::free(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept {
  std::free(block);
}

// What a table frees, it frees with its size.
void operator delete(void* block, std::size_t size) noexcept {
  mine.bytes -= size;
  std::free(block);
}

// What needs an alignment of its own.
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  auto* block = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
  if (block == nullptr)
    throw std::bad_alloc{};
  ++mine.allocations;
  mine.bytes += size;
  return block;
}

void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}

void operator delete(void* block, std::size_t size, std::align_val_t) noexcept {
  mine.bytes -= size;
  std::free(block);
}

namespace kv::test {

heap_meter::heap_meter() noexcept
  : allocations_(mine.allocations), bytes_(mine.bytes) {
  // nop
}

std::size_t heap_meter::allocations() const noexcept {
  return mine.allocations - allocations_;
}

std::size_t heap_meter::bytes() const noexcept {
  return mine.bytes - bytes_;
}

} // namespace kv::test
