#pragma once

#include "actors/ets/retired_list.hpp"

#include <atomic>
#include <cstdint>

namespace kv::ets::detail {

/// A slot holds 16 bits of a key's hash and a 48-bit pointer to its entry, the
/// lowest bits of which say what it is.
using slot_word = std::uint64_t;

inline constexpr slot_word empty_slot = 0;
/// A slot of a slot_array that probes must go past.
inline constexpr slot_word erased_slot = 1;
/// Points to a pending_entry.
inline constexpr slot_word pending_bit = 2;
/// Points to an overflow_chunk.
inline constexpr slot_word overflow_bit = 4;
/// In a slot of a bucket: nobody may replace what is there, unless it is he who
/// has frozen it.
inline constexpr slot_word frozen_bit = 1;

/// A slot keeps 16 bits of a hash from this one on, none of those that make the
/// tag. Its bucket and they tell most of bits 32 to 63, which find the bucket
/// in a table of any size; of those of a bucket in a table of a million rows, 7
/// tell keys apart.
inline constexpr unsigned first_hash_bit = 40;

inline slot_word hash_bits(std::uint64_t hash) noexcept {
  return hash << (48 - first_hash_bit) & 0xffff'0000'0000'0000ULL;
}

inline bool same_bits(slot_word word, std::uint64_t hash) noexcept {
  return (word ^ hash_bits(hash)) >> 48 == 0;
}

/// Whether a slot has these bits and points to an entry itself, if to anything;
/// not if it is frozen.
inline bool is_plain(slot_word word, std::uint64_t hash) noexcept {
  return ((word ^ hash_bits(hash)) & 0xffff'0000'0000'0007ULL) == 0;
}

template <class T>
slot_word pack_slot(std::uint64_t hash, const T* to) noexcept {
  static_assert(sizeof(void*) == 8, "a slot needs 64-bit pointers");
  return hash_bits(hash) | reinterpret_cast<std::uintptr_t>(to);
}

template <class T>
T* pointer_of(slot_word word) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<T*>(word & 0xffff'ffff'fff8ULL);
}

inline bool is_live(slot_word word) noexcept {
  return word != empty_slot && word != erased_slot;
}

/// What stands in the slot of a key while an insertion of many rows is under
/// way: the entry before, which may be none, and the one after it. All of them
/// change with the one store that commits.
struct pending_entry {
  table_entry* before;
  table_entry* after;
  const std::atomic<bool>* committed;
};

/// Returns the entry in a slot that is neither empty nor erased; null if there
/// is none yet.
inline table_entry* entry_of(slot_word word) noexcept {
  if ((word & pending_bit) == 0)
    return pointer_of<table_entry>(word);
  const auto& pending = *pointer_of<const pending_entry>(word);
  return pending.committed->load() ? pending.after : pending.before;
}

} // namespace kv::ets::detail
