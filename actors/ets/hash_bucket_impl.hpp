#pragma once

#include "actors/ets/hash_bucket.hpp"
#include "actors/ets/schedule.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

// How a key is looked for in a bucket.

namespace kv::ets::detail {

template <class Match>
[[gnu::always_inline]] inline slot_place
hash_bucket::find(std::uint64_t hash, std::uint64_t state, Match match) const {
  const auto tag = tag_of(hash);
  const auto low = head_->halves[0].load(std::memory_order_acquire);
  const auto hits = bucket_head::slots_with(tag, low, state);
  if (hits != 0) [[likely]] {
    const auto i = static_cast<unsigned>(std::countr_zero(hits));
    schedule_point();
    const auto word = slot(i).load();
    if (is_plain(word, hash)) [[likely]]
      if (auto* entry = pointer_of<table_entry>(word);
          entry != nullptr && match(*entry)) [[likely]]
        return {&slot(i), entry};
  } else if ((state & filter_bit(tag)) == 0) [[likely]] {
    return {};
  }
  return find_among(head_, slots_, gap_, hits, hash, match);
}

template <class Match>
[[gnu::noinline]] slot_place
hash_bucket::find_among(bucket_head* head, slot_type* slots, std::size_t gap,
                        unsigned hits, std::uint64_t hash, const Match match) {
  const hash_bucket in{head, slots, gap};
  const auto state = in.state();
  for (; hits != 0; hits &= hits - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(hits));
    schedule_point();
    const auto word = in.slot(i).load();
    if ((word & overflow_bit) != 0)
      return find_in_chain(hash, word, match);
    if (!same_bits(word, hash))
      continue;
    if (auto* entry = entry_of(word); entry != nullptr && match(*entry))
      return {&in.slot(i), entry};
  }
  if ((state & filter_bit(tag_of(hash))) == 0)
    return {};
  return find_in_chain(hash, in.slot(last).load(), match);
}

template <class Match>
slot_place hash_bucket::find_in_chain(std::uint64_t hash, slot_word first,
                                      const Match& match) {
  for (auto* chunk = pointer_of<overflow_chunk>(first); chunk != nullptr;
       chunk = chunk->next.load())
    for (auto& slot : chunk->slots)
      if (const auto word = slot.load();
          word != empty_slot && same_bits(word, hash))
        if (auto* entry = entry_of(word); entry != nullptr && match(*entry))
          return {&slot, entry};
  return {};
}

} // namespace kv::ets::detail
