#pragma once

#include "actors/ets/entry_hash.hpp"
#include "actors/ets/epoch.hpp"
#include "actors/ets/hash_bucket.hpp"
#include "actors/ets/retired_list.hpp"
#include "actors/ets/yielding_lock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// What the arrays and the writers of a large table share, on lines of its own
/// so that they do not disturb readers. It outlives the arrays it belongs to.
struct hash_shared {
  /// Removed rows, by the thread that has removed them: as long as there are
  /// not many writers, none has to wait for another.
  struct alignas(64) stripe {
    yielding_lock lock;
    retired_list retired;
  };

  static constexpr std::size_t stripe_count = 4;

  /// That of this thread, which is pinned.
  stripe& own_stripe() noexcept {
    return stripes[this_record->number % stripe_count];
  }

  explicit hash_shared(const entry_hash& hash) noexcept : hash_of(hash) {
    // nop
  }

  std::array<stripe, stripe_count> stripes;
  entry_hash hash_of;
  alignas(64) std::atomic<std::size_t> rows{0};
  /// Bytes of the live entries beyond one node per row.
  std::atomic<std::size_t> entry_bytes{0};
};

// Buckets in the order of the hash: bucket i of n has the keys whose position,
// the upper half of the hash, is in [i * 2^32 / n, (i + 1) * 2^32 / n). A table
// of another size is another array; the entries go there by groups of buckets,
// while readers and writers work on both. Invariants:
//
// 1. A group is the buckets of this array and those of the next that cover the
//    same positions. Its entries are copied while its buckets here are locked
//    and frozen, then all of these are marked as moved. Until then nobody looks
//    at the buckets of the next array, which are not even constructed.
// 2. Who finds a bucket moved goes on in the next array. The slots of moved
//    buckets keep their words, for readers that have begun before.
// 3. One group moves at a time, under the lock of the table.
class hash_array : public link {
public:
  /// Entries per bucket above which a table grows and below which it shrinks.
  static constexpr std::size_t rows_to_grow = 11;
  static constexpr std::size_t rows_to_shrink = 3;

  /// Returns an array of `buckets`; they are constructed if `used`.
  /// Errors: std::bad_alloc.
  static hash_array* make(std::uint32_t buckets, hash_shared* shared,
                          bool used);

  /// Frees an array and its chunks, not the entries nor what is shared.
  static void destroy(hash_array* array) noexcept;

  /// The smallest size for so many rows that is not about to grow.
  static std::uint32_t buckets_for(std::size_t rows) noexcept;

  /// The upper half of a hash is the position of its key.
  static std::uint32_t position_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
  }

  hash_bucket at(std::uint64_t hash) noexcept {
    return bucket(index_of(position_of(hash)));
  }

  hash_bucket bucket(std::uint32_t index) noexcept {
    return {heads() + index, near_ + index,
            far_ - std::ptrdiff_t{2} * static_cast<std::ptrdiff_t>(index)};
  }

  std::uint32_t index_of(std::uint32_t position) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{position} * size_ >> 32);
  }

  /// The first position of a bucket; 2^32 for the one after the last.
  std::uint64_t begin_of(std::uint32_t index) const noexcept {
    return ((std::uint64_t{index} << 32) + size_ - 1) / size_;
  }

  std::uint32_t size() const noexcept {
    return size_;
  }

  /// Heap bytes, with the chunks.
  std::size_t bytes() const noexcept {
    return bytes_for(size_)
           + chunks_.load(std::memory_order_relaxed) * sizeof(overflow_chunk);
  }

  hash_shared& shared() const noexcept {
    return *shared_;
  }

  /// The array that replaces this one, if one is about to.
  hash_array* next() const noexcept {
    return next_.load(std::memory_order_acquire);
  }

  /// Whether a table of so many rows wants another size.
  bool too_small(std::size_t rows) const noexcept {
    return rows > rows_to_grow * size_;
  }

  bool too_large(std::size_t rows) const noexcept {
    return size_ > 1 && rows < rows_to_shrink * size_;
  }

  /// The size to grow to.
  std::uint32_t size_after() const noexcept;

  /// Waits for the lock of a bucket that neither moves nor dies meanwhile.
  static void lock(const hash_bucket& bucket) noexcept;

  /// Makes the next array. Errors: std::bad_alloc.
  void begin_move(std::uint32_t buckets);

  /// Moves at most `groups` groups; returns whether all have moved. It may also
  /// run out of memory, and then does nothing.
  bool move_some(std::size_t groups) noexcept;

  /// Puts a word whose key is absent into a bucket whose lock the caller holds.
  /// Errors: std::bad_alloc.
  void add(const hash_bucket& bucket, slot_word word, std::uint8_t tag,
           std::uint64_t& state) {
    if (bucket.add(word, tag, state))
      chunks_.fetch_add(1, std::memory_order_relaxed);
  }

  /// As add, without a lock: nobody else sees the buckets of this array yet.
  void fill(std::uint32_t index, slot_word word, std::uint8_t tag) {
    if (bucket(index).fill(word, tag))
      chunks_.fetch_add(1, std::memory_order_relaxed);
  }

  /// The buckets of this array or the next that hold the entries now; calls
  /// f(const hash_bucket&). Nothing may move meanwhile.
  template <class F>
  void for_each_current(F f) {
    for (std::uint32_t i = moved_; i < size_; ++i)
      f(bucket(i));
    if (auto* next = next_.load())
      for (std::uint32_t i = 0; i < moved_to_; ++i)
        f(next->bucket(i));
  }

private:
  hash_array(std::uint32_t buckets, hash_shared* shared) noexcept;

  static std::size_t head_bytes(std::size_t buckets) noexcept {
    return (buckets * sizeof(bucket_head) + 63) / 64 * 64;
  }

  static std::size_t bytes_for(std::size_t buckets) noexcept {
    return sizeof(hash_array) + head_bytes(buckets)
           + buckets * (sizeof(near_slots) + sizeof(far_slots));
  }

  bucket_head* heads() noexcept {
    return reinterpret_cast<bucket_head*>(this + 1);
  }

  far_slots* far() noexcept {
    return reinterpret_cast<far_slots*>(near_ + size_);
  }

  struct position_range {
    std::uint64_t first;
    std::uint64_t last;
  };

  struct target {
    std::uint32_t index;
    std::uint8_t tag;
  };

  /// In an array of so many buckets, or a multiple, what a slot keeps of a hash
  /// and its bucket tell the position of a key, but for its lowest bits.
  static constexpr std::uint32_t buckets_to_tell = 256;

  position_range positions_of(std::uint32_t index,
                              slot_word word) const noexcept;
  target target_in(const hash_array& to, std::uint32_t index, slot_word word,
                   std::uint8_t tag) const noexcept;

  /// Constructs the buckets up to `end`.
  void construct_until(std::uint32_t end) noexcept;

  bool move_group(hash_array& to, std::uint32_t from_count,
                  std::uint32_t to_count) noexcept;
  bool copy_entries(hash_array& to, std::uint32_t from_count) noexcept;

  std::uint32_t size_;
  /// Buckets that have moved, and those of the next array that are in use.
  std::uint32_t moved_ = 0;
  std::uint32_t moved_to_ = 0;
  /// Buckets that are constructed.
  std::uint32_t made_ = 0;
  near_slots* near_;
  /// In slots, from the first of the near ones to the first of the far ones.
  std::ptrdiff_t far_;
  hash_shared* shared_;
  std::atomic<hash_array*> next_{nullptr};
  std::atomic<std::size_t> chunks_{0};
};

static_assert(sizeof(hash_array) == 64);

} // namespace kv::ets::detail
