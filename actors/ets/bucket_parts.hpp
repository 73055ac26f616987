#pragma once

#include "actors/ets/slot_word.hpp"

#include <array>
#include <atomic>
#include <cstdint>

// What a hash_bucket consists of.

namespace kv::ets::detail {

/// Where the rows go that a bucket has no slot for.
struct overflow_chunk {
  std::atomic<overflow_chunk*> next{nullptr};
  std::array<std::atomic<slot_word>, 7> slots{};
};

/// A slot and what it holds.
struct slot_place {
  std::atomic<slot_word>* slot = nullptr;
  table_entry* entry = nullptr;
  /// hash_bucket::width for a slot of an overflow_chunk.
  unsigned index = 0;
};

/// 14 one-byte tags, a filter and the state of a bucket.
struct alignas(16) bucket_head {
  std::array<std::atomic<std::uint64_t>, 2> halves{};
};

/// The first slots of a bucket: a cache line, where most of its entries are.
struct alignas(64) near_slots {
  std::array<std::atomic<slot_word>, 8> slots{};
};

/// The others. They lie apart from the first ones.
struct far_slots {
  std::array<std::atomic<slot_word>, 6> slots{};
};

} // namespace kv::ets::detail
