#pragma once

#include "actors/ets/key.hpp"
#include "actors/ets/tree_block.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// A place in a tree, and the way there. Needs a pin as long as it lives.
///
/// Blocks on the way may have been replaced meanwhile; they still hold what was
/// in the tree then, for a range of keys of their own: a row that stays is met
/// once, in order.
template <class Keys>
class tree_walk {
public:
  using key_view = typename Keys::key_view;

  tree_walk(const Keys& keys, const tree_block* root) noexcept
    : keys_(keys), leaf_(root) {
    // nop
  }

  /// Whether this is at a row.
  explicit operator bool() const noexcept {
    return leaf_ != nullptr;
  }

  const typename Keys::row& operator*() const noexcept {
    return Keys::row_of(*leaf_->slots()[index_].load());
  }

  /// Goes to the first row, from a new walk.
  void first() noexcept {
    descend_first();
  }

  /// Goes to the last row, from a new walk.
  void last() noexcept {
    descend_last();
  }

  /// Goes to a row that depends on `random`, from a new walk.
  void any(std::uint64_t random) noexcept {
    if (leaf_ == nullptr)
      return;
    const auto below = [&random](unsigned n) {
      random = mix(random + 1);
      return static_cast<unsigned>(random % n);
    };
    while (!leaf_->is_leaf())
      enter(below(leaf_->count() + 1));
    count_ = leaf_->count();
    index_ = below(count_);
  }

  /// Goes to the first row at or after `key` (only after it, if `beyond`), from
  /// a new walk.
  void seek_up(const key_view& key, bool beyond) {
    const auto hit = descend(key);
    index_ = hit.index + (hit.found && beyond ? 1 : 0);
    if (leaf_ != nullptr && index_ == count_)
      next_leaf();
  }

  /// Goes to the last row at or before `key` (only before it, if `beyond`),
  /// from a new walk.
  void seek_down(const key_view& key, bool beyond) {
    const auto hit = descend(key);
    index_ = hit.index + (hit.found && !beyond ? 1 : 0);
    if (leaf_ != nullptr && index_-- == 0)
      previous_leaf();
  }

  void next() noexcept {
    if (++index_ == count_)
      next_leaf();
  }

  void previous() noexcept {
    if (index_-- == 0)
      previous_leaf();
  }

private:
  // Inner blocks have at least two children, and when the tree grew one had
  // half of max_inner.
  static constexpr std::size_t max_depth = 24;

  struct step {
    const tree_block* block;
    unsigned index;
  };

  typename Keys::hit descend(const key_view& key) {
    if (leaf_ == nullptr)
      return {};
    while (!leaf_->is_leaf())
      enter(keys_.search(*leaf_, key).child());
    count_ = leaf_->count();
    auto hit = keys_.search(*leaf_, key);
    // The leaf may have grown in between.
    hit.index = hit.index < count_ ? hit.index : count_;
    hit.found = hit.found && hit.index < count_;
    return hit;
  }

  void enter(unsigned child) noexcept {
    path_[depth_++] = {leaf_, child};
    leaf_ = leaf_->child(child);
  }

  void descend_first() noexcept {
    if (leaf_ == nullptr)
      return;
    while (!leaf_->is_leaf())
      enter(0);
    count_ = leaf_->count();
    index_ = 0;
  }

  void descend_last() noexcept {
    if (leaf_ == nullptr)
      return;
    while (!leaf_->is_leaf())
      enter(leaf_->count());
    count_ = leaf_->count();
    index_ = count_ - 1;
  }

  void next_leaf() noexcept {
    while (depth_ != 0) {
      auto& [block, index] = path_[depth_ - 1];
      if (index != block->count()) {
        leaf_ = block->child(++index);
        return descend_first();
      }
      --depth_;
    }
    leaf_ = nullptr;
  }

  void previous_leaf() noexcept {
    while (depth_ != 0) {
      auto& [block, index] = path_[depth_ - 1];
      if (index != 0) {
        leaf_ = block->child(--index);
        return descend_last();
      }
      --depth_;
    }
    leaf_ = nullptr;
  }

  const Keys& keys_;
  const tree_block* leaf_;
  unsigned index_ = 0;
  unsigned count_ = 0;
  std::size_t depth_ = 0;
  std::array<step, max_depth> path_; // NOLINT: only what depth_ says is read
};

} // namespace kv::ets::detail
