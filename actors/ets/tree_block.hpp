#pragma once

#include "actors/ets/retired_list.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kv::ets::detail {

// A node of the tree: a leaf holds rows, an inner block holds children and the
// separators between them. Invariants:
//
// 1. Heads, separators and the prefix never change, but a leaf may grow at its
//    end: what is below `count()` is complete.
// 2. A child or a row is replaced in place by one store; nothing is stored into
//    a block that another one has replaced.
// 3. All keys (of the rows, or the separators) begin with the prefix.
class tree_block : public link {
public:
  using slot = std::atomic<link*>;

  static constexpr unsigned max_leaf = 32;
  static constexpr unsigned max_inner = 64;
  static constexpr std::size_t max_prefix = 255;

  /// Returns an empty block for `capacity` keys. Errors: std::bad_alloc.
  static tree_block* make(bool leaf, unsigned capacity,
                          std::string_view prefix);

  /// Frees a block, not what it refers to.
  static void destroy(tree_block* block) noexcept;

  bool is_leaf() const noexcept {
    return leaf_;
  }

  /// Number of keys: of rows, or one less than of children.
  unsigned count() const noexcept {
    return count_.load(std::memory_order_acquire);
  }

  void set_count(unsigned n) noexcept {
    count_.store(static_cast<std::uint8_t>(n), std::memory_order_release);
  }

  unsigned capacity() const noexcept {
    return capacity_;
  }

  /// What all keys have in common.
  std::string_view prefix() const noexcept {
    return {reinterpret_cast<const char*>(end()), prefix_size_};
  }

  std::size_t prefix_size() const noexcept {
    return prefix_size_;
  }

  std::uint64_t* heads() noexcept {
    return reinterpret_cast<std::uint64_t*>(this + 1);
  }

  const std::uint64_t* heads() const noexcept {
    return reinterpret_cast<const std::uint64_t*>(this + 1);
  }

  /// Rows of a leaf, children of an inner block.
  slot* slots() noexcept {
    return reinterpret_cast<slot*>(heads() + capacity_);
  }

  const slot* slots() const noexcept {
    return reinterpret_cast<const slot*>(heads() + capacity_);
  }

  tree_block* child(unsigned i) const noexcept {
    return static_cast<tree_block*>(slots()[i].load());
  }

  /// Of an inner block: separator i is the least key below child i + 1.
  link** separators() noexcept {
    return reinterpret_cast<link**>(slots() + capacity_ + 1);
  }

  link* const* separators() const noexcept {
    return reinterpret_cast<link* const*>(slots() + capacity_ + 1);
  }

  /// Heap bytes of the block.
  std::size_t bytes() const noexcept {
    return bytes_for(leaf_, capacity_, prefix_size_);
  }

  /// Returns the number of heads below `head`.
  unsigned heads_below(std::uint64_t head, unsigned count) const noexcept {
    const auto* first = heads();
    for (; count > 1; count -= count / 2) {
      // A mask, for GCC makes a branch of a choice, which nobody can predict.
      const auto below = first[count / 2 - 1] < head ? 1U : 0U;
      first += count / 2 & (0U - below);
    }
    return static_cast<unsigned>(first - heads())
           + (count == 1 && *first < head ? 1 : 0);
  }

private:
  tree_block(bool leaf, unsigned capacity, std::string_view prefix) noexcept;

  static std::size_t bytes_for(bool leaf, std::size_t capacity,
                               std::size_t prefix) noexcept {
    const auto words = leaf ? 2 * capacity : 3 * capacity + 1;
    return sizeof(tree_block) + words * sizeof(std::uint64_t) + prefix;
  }

  const void* end() const noexcept {
    return leaf_ ? static_cast<const void*>(slots() + capacity_)
                 : static_cast<const void*>(separators() + capacity_);
  }

  std::atomic<std::uint8_t> count_{0};
  std::uint8_t capacity_;
  std::uint8_t prefix_size_;
  bool leaf_;
};

} // namespace kv::ets::detail
