#include "actors/ets/line_pool.hpp"

#include "actors/ets/pages.hpp"

#include <mutex>
#include <new>

namespace kv::ets::detail {

namespace {

constexpr std::size_t large_region = 2 << 20;
constexpr std::size_t mapped_until_large = 1 << 20;

} // namespace

std::uintptr_t line_pool::base_of(const void* line) noexcept {
  return reinterpret_cast<std::uintptr_t>(line) / chunk_size * chunk_size;
}

line_pool::chunk* line_pool::head_of(std::uintptr_t base) noexcept {
  const auto index = base / chunk_size % lines_in_chunk;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<chunk*>(base + index * line_size);
}

void line_pool::open(chunk& which) noexcept {
  which.previous = nullptr;
  which.next = open_;
  if (open_ != nullptr)
    open_->previous = &which;
  open_ = &which;
}

void line_pool::shut(chunk& which) noexcept {
  if (which.next != nullptr)
    which.next->previous = which.previous;
  (which.previous != nullptr ? which.previous->next : open_) = which.next;
}

void line_pool::add_region() {
  const auto bytes = mapped_ < mapped_until_large ? chunk_size : large_region;
  const auto count = static_cast<std::uint32_t>(bytes / chunk_size);
  const auto base = base_of(map_pages(bytes));
  for (auto i = count; i-- > 0;) {
    auto* head = ::new (head_of(base + i * chunk_size)) chunk;
    head->first = head_of(base);
    open(*head);
  }
  open_->chunks = count;
  mapped_ += bytes;
  to_give_ += std::size_t{count} * (lines_in_chunk - 1);
  ++idle_regions_;
}

void line_pool::remove(chunk& first) noexcept {
  const auto base = base_of(&first);
  const std::size_t count = first.chunks;
  for (std::size_t i = 0; i < count; ++i)
    shut(*head_of(base + i * chunk_size));
  mapped_ -= count * chunk_size;
  to_give_ -= count * (lines_in_chunk - 1);
  --idle_regions_;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  unmap_pages(reinterpret_cast<void*>(base), count * chunk_size);
}

unused_line* line_pool::take_one() noexcept {
  auto& from = *open_;
  auto* result = from.free;
  if (result != nullptr) {
    from.free = result->next;
  } else {
    const auto base = base_of(&from);
    // NOLINTBEGIN(performance-no-int-to-ptr)
    auto* line = reinterpret_cast<void*>(base + from.fresh++ * line_size);
    if (line == &from)
      line = reinterpret_cast<void*>(base + from.fresh++ * line_size);
    // NOLINTEND(performance-no-int-to-ptr)
    result = ::new (line) unused_line;
  }
  if (from.first->used_in_region++ == 0)
    --idle_regions_;
  if (++from.used == lines_in_chunk - 1)
    shut(from);
  return result;
}

unused_line* line_pool::take(std::size_t n) {
  std::lock_guard guard{lock_};
  while (to_give_ < n)
    add_region();
  to_give_ -= n;
  used_ += n;
  unused_line* result = nullptr;
  unused_line** last = &result;
  for (; n != 0; --n) {
    *last = take_one();
    last = &(*last)->next;
  }
  *last = nullptr;
  return result;
}

void line_pool::give_one(unused_line* line) noexcept {
  auto& to = *head_of(base_of(line));
  line->next = to.free;
  to.free = line;
  if (to.used-- == lines_in_chunk - 1)
    open(to);
  if (--to.first->used_in_region == 0 && ++idle_regions_ > 1)
    remove(*to.first);
}

void line_pool::give(unused_line* lines) noexcept {
  std::lock_guard guard{lock_};
  while (lines != nullptr) {
    auto* next = lines->next;
    ++to_give_;
    --used_;
    give_one(lines);
    lines = next;
  }
}

line_bytes line_pool::bytes() noexcept {
  std::lock_guard guard{lock_};
  return {mapped_, used_ * line_size};
}

} // namespace kv::ets::detail
