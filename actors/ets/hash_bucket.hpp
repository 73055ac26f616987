#pragma once

#include "actors/ets/bucket_parts.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/slot_word.hpp"

#include <atomic>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

// A head and 14 slots, 8 near ones and 6 far ones, each in an array of their
// kind. A miss then touches a small array only, and most hits a line of slots
// that the key's hash tells before the head has come. Invariants:
//
// 1. The holder of the lock bit alone writes, with one exception: anyone may
//    exchange an entry for another one of the same key, where it is. So the
//    holder, too, exchanges the word that he has seen for another. It shows a
//    tag before its slot, and clears it after: an entry is there from one
//    change of a slot to another.
// 2. An entry stays in its slot until it is removed or the bucket has moved; a
//    key is in one slot at most. So whoever reads all slots in any order meets
//    every entry that is there throughout; and a reader who misses a key that
//    goes from slot to slot had a moment without it.
// 3. Once there are more than 14 entries, the last slot points to a chain of
//    chunks, which it keeps, and the entry that was there is in the chain. A
//    chain is looked through only for tags that are in the filter.
// 4. A bucket that has moved or is dead never changes again. Before it is
//    copied, its slots are frozen, so that nobody replaces what is in them.
class hash_bucket {
public:
  using slot_type = std::atomic<slot_word>;

  hash_bucket() noexcept = default;

  /// `far` is the distance from the first slot to the one after the near ones.
  hash_bucket(bucket_head* head, near_slots* near, std::ptrdiff_t far) noexcept
    : head_(head),
      slots_(near->slots.data()),
      gap_(static_cast<std::size_t>(far) - near_count) {
    // nop
  }

  /// Whether there is one.
  explicit operator bool() const noexcept {
    return head_ != nullptr;
  }

  /// What no other bucket has.
  const bucket_head* id() const noexcept {
    return head_;
  }

  /// The order of their addresses.
  friend auto operator<=>(const hash_bucket& x, const hash_bucket& y) noexcept {
    return std::compare_three_way{}(x.head_, y.head_);
  }

  friend bool operator==(const hash_bucket&, const hash_bucket&) = default;

  static constexpr unsigned width = bucket_head::tag_count;
  static constexpr unsigned last = width - 1;

  static constexpr std::uint64_t locked = 1ULL << 61;
  /// The entries are in the next array.
  static constexpr std::uint64_t moved = 1ULL << 62;
  /// The table has been cleared: begin again at its root.
  static constexpr std::uint64_t dead = 1ULL << 63;

  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint8_t>(hash);
    return tag != 0 ? tag : 1;
  }

  /// The half of the head with the state.
  std::uint64_t state() const noexcept {
    return head_->halves[1].load(std::memory_order_acquire);
  }

  /// Returns the place of the key with this hash for which match(table_entry&)
  /// holds; `state` is what the caller has seen. Most keys are in the first
  /// slot with their tag, or nowhere: the rest is kept out of the caller, who
  /// then needs few registers.
  template <class Match>
  slot_place find(std::uint64_t hash, std::uint64_t state, Match match) const;

  /// What is in a slot.
  slot_word word(unsigned i) const noexcept {
    return slot(i).load();
  }

  /// The tag of a slot; 0 in an overflow. The caller holds the lock.
  std::uint8_t tag(unsigned i) const noexcept {
    const auto half = head_->halves[i / 8].load(std::memory_order_relaxed);
    return i < width ? static_cast<std::uint8_t>(half >> i % 8 * 8) : 0;
  }

  /// Calls f(slot_type&, slot_word, index) for all slots in use; the index is
  /// `width` in an overflow.
  template <class F>
  void for_each_slot(F f) const {
    for (unsigned i = 0; i < width; ++i) {
      const auto word = slot(i).load();
      if ((word & overflow_bit) != 0)
        for_each_in_chain(pointer_of<overflow_chunk>(word), f);
      else if (word != empty_slot)
        f(slot(i), word, i);
    }
  }

  /// Calls f(slot_word) for them.
  template <class F>
  void for_each_word(F f) const {
    for_each_slot([&f](slot_type&, slot_word word, unsigned) { f(word); });
  }

  /// Fetches the tags and the slots where a key probably is.
  void prefetch(std::uint64_t hash) const noexcept {
    read_ahead_many(head_);
    read_ahead_many(&home_of(hash));
  }

  /// Fetches these slots only, at once.
  void prefetch_home(std::uint64_t hash) const noexcept {
    read_ahead(&home_of(hash));
  }

  /// Fetches the slot that has the tag of a key.
  void prefetch_slot(std::uint64_t hash) const noexcept {
    if (const auto i = first_hit(hash); i < width)
      read_ahead_many(&slot(i));
  }

  /// Returns what may be the entry of a key, null if nothing is known: a bucket
  /// that has moved keeps words of entries that may be gone.
  const table_entry* likely_entry(std::uint64_t hash) const noexcept {
    if ((state() & moved) != 0)
      return nullptr;
    const auto i = first_hit(hash);
    const auto word = i < width ? slot(i).load() : empty_slot;
    return is_plain(word, hash) ? pointer_of<const table_entry>(word) : nullptr;
  }

  /// Sets the lock bit if the state is still `seen`.
  bool try_lock(std::uint64_t seen) const noexcept {
    return head_->halves[1].compare_exchange_strong(seen, seen | locked,
                                                    std::memory_order_acquire);
  }

  /// Ends the writer's turn: publishes the state without the lock bit.
  void unlock(std::uint64_t state) const noexcept {
    head_->halves[1].store(state & ~locked, std::memory_order_release);
  }

  /// Shows readers a state, and keeps the lock.
  void publish(std::uint64_t state) const noexcept {
    head_->halves[1].store(state | locked, std::memory_order_release);
  }

  /// Puts a word in place of another one, if that is still there.
  static bool swap(slot_place place, slot_word from, slot_word to) noexcept {
    return place.slot->compare_exchange_strong(from, to);
  }

  /// Freezes all entries; and undoes that. The caller holds the lock.
  void freeze() const noexcept;
  void thaw() const noexcept;

  /// Returns the place of a word that is there.
  slot_place find_word(slot_word word) const noexcept;

  /// Puts a word whose key is absent; returns whether that took a new chunk.
  /// Errors: std::bad_alloc. The caller holds the lock, `state` is its copy.
  bool add(slot_word word, std::uint8_t tag, std::uint64_t& state) const;

  /// As add, while nobody else sees the bucket: without a lock, and at once.
  bool fill(slot_word word, std::uint8_t tag) const;

  /// Empties the slot at `place` if `word` is still there. As add.
  bool remove(slot_place place, slot_word word,
              std::uint64_t& state) const noexcept;

  /// Frees the chunks; returns how many there were.
  std::size_t free_chain() const noexcept;

private:
  static constexpr unsigned near_count = 8;
  static constexpr unsigned filter_bits = 13;
  static constexpr std::uint64_t first_filter_bit = 1ULL << 48;

  static std::uint64_t filter_bit(std::uint8_t tag) noexcept {
    return first_filter_bit << (tag * filter_bits / 256);
  }

  static bool has_chain(std::uint64_t state) noexcept {
    return (state & (locked - first_filter_bit)) != 0;
  }

  /// 1 if keys with this tag go to the far slots first, a quarter of them; 0
  /// if to the near ones. Without a branch, as nobody can predict it.
  static unsigned is_far(std::uint8_t tag) noexcept {
    return (unsigned{tag} + 64) >> 8;
  }

  static unsigned home_slots(std::uint8_t tag) noexcept {
    return is_far(tag) != 0 ? 0x3f00 : 0xff;
  }

  slot_type& home_of(std::uint64_t hash) const noexcept {
    constexpr std::size_t middle = width - 3;
    const auto far = std::size_t{0} - is_far(tag_of(hash));
    return slots_[(middle + gap_) & far];
  }

  slot_type& slot(unsigned i) const noexcept {
    static_assert(near_count == 8 && width < 16);
    return slots_[i + (gap_ & (std::size_t{0} - (i >> 3)))];
  }

  /// The index of a slot; `width` for one of a chunk.
  unsigned index_of(const slot_type* slot) const noexcept;

  unsigned first_hit(std::uint64_t hash) const noexcept {
    const auto hits = bucket_head::slots_with(
      tag_of(hash), head_->halves[0].load(std::memory_order_relaxed),
      head_->halves[1].load(std::memory_order_relaxed));
    return hits == 0 ? width : static_cast<unsigned>(std::countr_zero(hits));
  }

  hash_bucket(bucket_head* head, slot_type* slots, std::size_t gap) noexcept
    : head_(head), slots_(slots), gap_(gap) {
    // nop
  }

  /// Looks through these slots, all that have the key's tag, and the chain.
  /// What it is given are copies: nothing of the caller's needs an address. The
  /// state may be newer than his: bits of the filter are never taken back.
  template <class Match>
  static slot_place find_among(bucket_head* head, slot_type* slots,
                               std::size_t gap, unsigned hits,
                               std::uint64_t hash, Match match);
  template <class Match>
  static slot_place
  find_in_chain(std::uint64_t hash, slot_word first, const Match& match);

  template <class F>
  static void for_each_in_chain(overflow_chunk* chunk, F& f) {
    for (; chunk != nullptr; chunk = chunk->next.load())
      for (auto& slot : chunk->slots)
        if (const auto word = slot.load(); word != empty_slot)
          f(slot, word, width);
  }

  /// Returns a slot for a word with this tag; `width` if none is free.
  unsigned free_slot(std::uint8_t tag, std::uint64_t state) const noexcept;

  void set_tag(unsigned index, std::uint8_t tag,
               std::uint64_t& state) const noexcept;
  bool add_to_chain(slot_word word) const;

  bucket_head* head_ = nullptr;
  slot_type* slots_ = nullptr;
  std::size_t gap_ = 0;
};

} // namespace kv::ets::detail

#include "actors/ets/hash_bucket_impl.hpp"
