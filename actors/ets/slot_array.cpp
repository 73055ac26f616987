#include "actors/ets/slot_array.hpp"

#include "actors/ets/read_ahead.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <new>

namespace kv::ets::detail {

namespace {

using allocator = std::allocator<slot_word>;

} // namespace

slot_array* slot_array::make(std::size_t capacity) {
  if (capacity - 1 > std::numeric_limits<std::uint32_t>::max())
    throw std::bad_alloc{};
  auto* block = allocator{}.allocate(bytes_for(capacity) / sizeof(slot_word));
  return ::new (block) slot_array(capacity);
}

void slot_array::destroy(slot_array* array) noexcept {
  const auto words = array->bytes() / sizeof(slot_word);
  std::destroy_at(array);
  allocator{}.deallocate(reinterpret_cast<slot_word*>(array), words);
}

slot_array::slot_array(std::size_t capacity) noexcept
  : mask_(static_cast<std::uint32_t>(capacity - 1)) {
  std::uninitialized_value_construct_n(slots(), capacity);
}

void slot_array::add(std::uint64_t hash, table_entry* node) noexcept {
  auto i = hash & mask_;
  auto word = slots()[i].load(std::memory_order_relaxed);
  while (is_live(word)) {
    i = (i + 1) & mask_;
    word = slots()[i].load(std::memory_order_relaxed);
  }
  if (word == empty_slot)
    ++used_;
  slots()[i].store(pack_slot(hash, node), std::memory_order_release);
}

void slot_array::replace(std::size_t index, std::uint64_t hash,
                         table_entry* node) noexcept {
  slots()[index].store(pack_slot(hash, node));
}

void slot_array::remove(std::size_t index) noexcept {
  const auto next = (index + 1) & mask_;
  if (slots()[next].load(std::memory_order_relaxed) != empty_slot) {
    slots()[index].store(erased_slot);
    return;
  }
  slots()[index].store(empty_slot);
  --used_;
  for (auto i = (index - 1) & mask_;
       slots()[i].load(std::memory_order_relaxed) == erased_slot;
       i = (i - 1) & mask_) {
    slots()[i].store(empty_slot, std::memory_order_release);
    --used_;
  }
}

std::size_t slot_array::capacity_for(std::size_t rows) noexcept {
  return std::max(min_capacity, std::bit_ceil(rows + rows / 2));
}

slot_array* slot_array::rebuilt(std::size_t rows,
                                const entry_hash& hash_of) const {
  constexpr std::size_t ahead = 8;
  auto* result = make(capacity_for(rows));
  for (std::size_t i = 0; i <= mask_; ++i) {
    const auto& soon = slots()[(i + ahead) & mask_];
    read_ahead(pointer_of<table_entry>(soon.load(std::memory_order_relaxed)));
    const auto word = slots()[i].load(std::memory_order_relaxed);
    if (is_live(word)) {
      auto* node = pointer_of<table_entry>(word);
      result->add(hash_of(*node), node);
    }
  }
  return result;
}

} // namespace kv::ets::detail
