#pragma once

#include "actors/ets/slot_word.hpp"

#include <array>
#include <atomic>
#include <cstdint>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

// What a hash_bucket consists of.

namespace kv::ets::detail {

/// Where the rows go that a bucket has no slot for.
struct overflow_chunk {
  std::atomic<overflow_chunk*> next{nullptr};
  std::array<std::atomic<slot_word>, 7> slots{};
};

/// A slot and what it holds; two registers.
struct slot_place {
  std::atomic<slot_word>* slot = nullptr;
  table_entry* entry = nullptr;
};

/// 14 one-byte tags, a filter and the state of a bucket.
struct alignas(16) bucket_head {
  static constexpr unsigned tag_count = 14;

  /// One bit for every slot with this tag, of these halves.
  static unsigned slots_with(std::uint8_t tag, std::uint64_t low,
                             std::uint64_t high) noexcept {
#if defined(__SSE2__)
    const auto tags = _mm_set_epi64x(static_cast<long long>(high),
                                     static_cast<long long>(low));
    // Not _mm_set1_epi8: GCC may store a byte and load a word from there, which
    // takes as long as all the rest.
    const auto wanted
      = _mm_set1_epi64x(static_cast<long long>(tag * 0x0101'0101'0101'0101ULL));
    const auto same = _mm_cmpeq_epi8(tags, wanted);
    return static_cast<unsigned>(_mm_movemask_epi8(same)) & 0x3fff;
#else
    unsigned result = 0;
    for (unsigned i = 0; i < tag_count; ++i)
      if (static_cast<std::uint8_t>((i < 8 ? low : high) >> i % 8 * 8) == tag)
        result |= 1U << i;
    return result;
#endif
  }

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
