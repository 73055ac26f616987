#include "actors/ets/hash_bucket.hpp"

#include "actors/ets/schedule.hpp"

#include <bit>
#include <utility>

namespace kv::ets::detail {

void hash_bucket::set_tag(unsigned index, std::uint8_t tag,
                          std::uint64_t& state) const noexcept {
  const auto shift = index % 8 * 8;
  const auto mask = 0xffULL << shift;
  const auto bits = std::uint64_t{tag} << shift;
  if (index >= 8) {
    state = (state & ~mask) | bits;
    return;
  }
  const auto low = head_->halves[0].load(std::memory_order_relaxed);
  head_->halves[0].store((low & ~mask) | bits, std::memory_order_release);
}

unsigned hash_bucket::free_slot(std::uint8_t tag,
                                std::uint64_t state) const noexcept {
  auto free = bucket_head::slots_with(
    0, head_->halves[0].load(std::memory_order_relaxed), state);
  if (has_chain(state))
    free &= ~(1U << last);
  if ((free & home_slots(tag)) != 0)
    free &= home_slots(tag);
  return free == 0 ? width : static_cast<unsigned>(std::countr_zero(free));
}

bool hash_bucket::fill(slot_word word, std::uint8_t tag) const {
  auto state = this->state();
  const auto i = free_slot(tag, state);
  bool chunk = false;
  if (i < width) {
    set_tag(i, tag, state);
    slot(i).store(word, std::memory_order_relaxed);
  } else {
    chunk = add(word, tag, state);
  }
  unlock(state);
  return chunk;
}

bool hash_bucket::add(slot_word word, std::uint8_t tag,
                      std::uint64_t& state) const {
  if (const auto i = free_slot(tag, state); i < width) {
    set_tag(i, tag, state);
    publish(state);
    schedule_point();
    slot(i).store(word);
    return false;
  }
  if (has_chain(state)) {
    state |= filter_bit(tag);
    publish(state);
    schedule_point();
    return add_to_chain(word);
  }
  auto* chunk = new overflow_chunk;
  // From the state at hand: the head may not have it yet.
  const auto moving = static_cast<std::uint8_t>(state >> last % 8 * 8);
  const auto link = reinterpret_cast<std::uintptr_t>(chunk) | overflow_bit;
  auto there = slot(last).load();
  do {
    chunk->slots[0].store(there, std::memory_order_relaxed);
    schedule_point();
  } while (!slot(last).compare_exchange_strong(there, link));
  schedule_point();
  set_tag(last, 0, state);
  state |= filter_bit(moving) | filter_bit(tag);
  publish(state);
  schedule_point();
  chunk->slots[1].store(word);
  return true;
}

bool hash_bucket::add_to_chain(slot_word word) const {
  auto* chunk = pointer_of<overflow_chunk>(slot(last).load());
  for (;;) {
    for (auto& slot : chunk->slots)
      if (slot.load(std::memory_order_relaxed) == empty_slot) {
        slot.store(word);
        return false;
      }
    auto* next = chunk->next.load(std::memory_order_relaxed);
    if (next == nullptr)
      break;
    chunk = next;
  }
  auto* added = new overflow_chunk;
  added->slots[0].store(word, std::memory_order_relaxed);
  chunk->next.store(added);
  return true;
}

slot_place hash_bucket::find_word(slot_word word) const noexcept {
  for (unsigned i = 0; i < width; ++i)
    if (slot(i).load(std::memory_order_relaxed) == word)
      return {&slot(i), nullptr};
  auto* chunk = pointer_of<overflow_chunk>(slot(last).load());
  for (;; chunk = chunk->next.load())
    for (auto& slot : chunk->slots)
      if (slot.load(std::memory_order_relaxed) == word)
        return {&slot, nullptr};
}

unsigned hash_bucket::index_of(const slot_type* slot) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(slot);
  const auto near = reinterpret_cast<std::uintptr_t>(slots_);
  const auto i = (address - near) / sizeof(slot_type);
  if (i < near_count)
    return static_cast<unsigned>(i);
  const auto far = near + (near_count + gap_) * sizeof(slot_type);
  const auto k = near_count + (address - far) / sizeof(slot_type);
  return k < width ? static_cast<unsigned>(k) : width;
}

bool hash_bucket::remove(slot_place place, slot_word word,
                         std::uint64_t& state) const noexcept {
  if (!swap(place, word, empty_slot))
    return false;
  schedule_point();
  if (const auto i = index_of(place.slot); i < width)
    set_tag(i, 0, state);
  return true;
}

void hash_bucket::freeze() const noexcept {
  for_each_slot([](slot_type& slot, slot_word, unsigned) {
    slot.fetch_or(frozen_bit);
    schedule_point();
  });
}

void hash_bucket::thaw() const noexcept {
  for_each_slot([](slot_type& slot, slot_word word, unsigned) {
    if ((word & frozen_bit) != 0)
      slot.store(word ^ frozen_bit);
  });
}

std::size_t hash_bucket::free_chain() const noexcept {
  std::size_t result = 0;
  const auto word = slot(last).load(std::memory_order_relaxed);
  if ((word & overflow_bit) == 0)
    return result;
  for (auto* chunk = pointer_of<overflow_chunk>(word); chunk != nullptr;
       ++result)
    delete std::exchange(chunk, chunk->next.load(std::memory_order_relaxed));
  return result;
}

} // namespace kv::ets::detail
