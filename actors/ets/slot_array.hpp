#pragma once

#include "actors/ets/entry_hash.hpp"
#include "actors/ets/slot_word.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

// An open-addressing array with linear probing. Invariants:
//
// 1. At least one slot is empty: every probe ends.
// 2. From its home to its slot a key meets no empty slot. A slot becomes empty
//    again only if the next one is: then no key has been probed past it.
// 3. A key is in one slot at most, and is replaced in place.
// 4. Writers hold the table's lock; readers probe at any time. An array that
//    was replaced by another never changes again.
class slot_array : public link {
public:
  static constexpr std::size_t min_capacity = 4;

  struct hit {
    table_entry* entry = nullptr;
    std::size_t index = 0;
  };

  /// Returns an empty array; `capacity` is a power of two.
  /// Errors: std::bad_alloc.
  static slot_array* make(std::size_t capacity);

  /// Frees an array, not the nodes in it.
  static void destroy(slot_array* array) noexcept;

  std::size_t capacity() const noexcept {
    return std::size_t{mask_} + 1;
  }

  /// Heap bytes of the array.
  std::size_t bytes() const noexcept {
    return bytes_for(capacity());
  }

  /// Whether one more key needs a rebuild.
  bool full() const noexcept {
    return used_ >= capacity() - capacity() / 4;
  }

  /// Returns the node with this hash for which `match` holds.
  template <class Match>
  hit find(std::uint64_t hash, Match match) const {
    for (auto i = hash & mask_;; i = (i + 1) & mask_) {
      const auto word = slots()[i].load();
      if (word == empty_slot)
        return {};
      if (word != erased_slot && same_bits(word, hash))
        if (auto* entry = pointer_of<table_entry>(word); match(*entry))
          return {entry, i};
    }
  }

  /// Calls f(slot_word) for every node, in no particular order.
  template <class F>
  void for_each_word(F f) const {
    for (std::size_t i = 0; i <= mask_; ++i)
      if (const auto word = slots()[i].load(); is_live(word))
        f(word);
  }

  /// Calls f(table_entry&) for every node, in no particular order.
  template <class F>
  void for_each(F f) const {
    for_each_word([&f](slot_word word) { f(*pointer_of<table_entry>(word)); });
  }

  /// Puts a node whose key is absent and has this hash; the array must not be
  /// full.
  void add(std::uint64_t hash, table_entry* node) noexcept;

  /// Replaces the node at `index` by one with the same key.
  void replace(std::size_t index, std::uint64_t hash,
               table_entry* node) noexcept;

  /// Removes the node at `index`.
  void remove(std::size_t index) noexcept;

  /// Returns a new array with the same nodes and room for more, sized for
  /// `rows`. Errors: std::bad_alloc.
  slot_array* rebuilt(std::size_t rows, const entry_hash& hash_of) const;

  /// The capacity that `rebuilt` gives.
  static std::size_t capacity_for(std::size_t rows) noexcept;

private:
  using slot = std::atomic<slot_word>;

  explicit slot_array(std::size_t capacity) noexcept;

  static std::size_t bytes_for(std::size_t capacity) noexcept {
    return sizeof(slot_array) + capacity * sizeof(slot);
  }

  slot* slots() noexcept {
    return reinterpret_cast<slot*>(this + 1);
  }

  const slot* slots() const noexcept {
    return reinterpret_cast<const slot*>(this + 1);
  }

  std::uint32_t mask_;
  /// Slots that are not empty.
  std::uint32_t used_ = 0;
};

} // namespace kv::ets::detail
