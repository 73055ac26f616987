#pragma once

#include "actors/ets/tree_keys.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::ets::detail {

/// What a link of a tree is the header of.
enum class tree_part : std::uint8_t {
  row = static_cast<std::uint8_t>(retired_kind::node),
  block,
  separator,
  /// A block with everything below it.
  subtree,
};

/// A block, and the least key that may be in it; null for the leftmost.
struct tree_piece {
  link* separator;
  tree_block* block;
};

using tree_pieces = std::vector<tree_piece>;

/// Builds the blocks of a change and remembers what they replace. What was not
/// committed is freed.
template <class Keys>
class tree_edit {
public:
  using key_view = typename Keys::key_view;
  using rows = std::span<link* const>;

  struct part {
    link* what;
    tree_part kind;
  };

  explicit tree_edit(const Keys& keys) noexcept : keys_(keys) {
    // nop
  }

  tree_edit(const tree_edit&) = delete;
  tree_edit& operator=(const tree_edit&) = delete;

  ~tree_edit() {
    for (const auto& [what, kind] : fresh_)
      if (kind == tree_part::separator)
        delete static_cast<typename Keys::separator*>(what);
      else if (what != nullptr)
        tree_block::destroy(static_cast<tree_block*>(what));
  }

  /// Says that readers will not find this any more.
  void drop(link* what, tree_part kind) {
    stale_.push_back({what, kind});
  }

  /// What was dropped until now.
  const std::vector<part>& stale() const noexcept {
    return stale_;
  }

  /// Ends the change; returns what was dropped.
  std::vector<part>& commit() noexcept {
    fresh_.clear();
    return stale_;
  }

  /// Makes a leaf of at least one row, in order.
  tree_block* make_leaf(rows from, unsigned capacity) {
    const auto size = static_cast<unsigned>(from.size());
    const auto key_at = [this, from](std::size_t i) -> decltype(auto) {
      return keys_.key_fn(Keys::row_of(*from[i]));
    };
    auto* leaf = make_block(true, std::max(capacity, size), key_at, size);
    for (unsigned i = 0; i < size; ++i)
      leaf->slots()[i].store(from[i], std::memory_order_relaxed);
    return leaf;
  }

  /// Spreads rows over as few leaves as leave some room.
  tree_pieces make_leaves(rows from, std::size_t most) {
    tree_pieces result;
    const auto n = (from.size() + most - 1) / most;
    result.reserve(n);
    for (std::size_t i = 0, at = 0; i < n; ++i) {
      const auto end = from.size() * (i + 1) / n;
      auto* left_end = at == 0 ? nullptr
                               : make_separator(from[at - 1], from[at]);
      result.push_back({left_end, make_leaf(from.subspan(at, end - at), 0)});
      at = end;
    }
    return result;
  }

  /// Makes the separator between two adjacent rows.
  link* make_separator(const link* left, const link* right) {
    using key = typename Keys::key;
    using separator = typename Keys::separator;
    const auto& x = Keys::row_of(*left);
    const auto& y = Keys::row_of(*right);
    fresh_.push_back({nullptr, tree_part::separator});
    if constexpr (
      std::same_as<
        key_view,
        std::string_view> && std::constructible_from<key, std::string_view>)
      fresh_.back().what = shortest(keys_.key_fn(x), keys_.key_fn(y));
    else
      fresh_.back().what = new separator(keys_.key_fn(y));
    return fresh_.back().what;
  }

  /// Spreads children over as few blocks as can hold them; one child needs
  /// none.
  tree_pieces make_inner(std::span<const tree_piece> from) {
    constexpr std::size_t most = tree_block::max_inner + 1;
    const auto n = (from.size() + most - 1) / most;
    tree_pieces result;
    result.reserve(n);
    for (std::size_t i = 0, at = 0; i < n; ++i) {
      const auto end = from.size() * (i + 1) / n;
      const auto part = from.subspan(at, end - at);
      auto* block = part.size() == 1 ? part[0].block : make_inner_block(part);
      result.push_back({at == 0 ? nullptr : from[at].separator, block});
      at = end;
    }
    return result;
  }

  /// Returns the children of `parent` with `n` of them replaced by `now`, and
  /// drops the separators that go.
  tree_pieces replace_children(const tree_block& parent, unsigned first,
                               unsigned n, std::span<const tree_piece> now) {
    tree_pieces all;
    const auto children = parent.count() + 1;
    const auto separator = [&parent](unsigned i) {
      return i == 0 ? nullptr : parent.separators()[i - 1];
    };
    all.reserve(children - n + now.size());
    for (unsigned i = 0; i < first; ++i)
      all.push_back({separator(i), parent.child(i)});
    for (std::size_t i = 0; i < now.size(); ++i)
      all.push_back(
        {i == 0 ? separator(first) : now[i].separator, now[i].block});
    for (unsigned i = first + n; i < children; ++i)
      all.push_back({separator(i), parent.child(i)});
    for (unsigned i = first + (now.empty() ? 0 : 1); i < first + n; ++i)
      if (auto* gone = separator(i))
        drop(gone, tree_part::separator);
    if (auto*& left_end = all.front().separator) {
      drop(left_end, tree_part::separator);
      left_end = nullptr;
    }
    return all;
  }

private:
  typename Keys::separator* shortest(std::string_view x, std::string_view y) {
    const auto same = Keys::common_bytes(x, y, y.size());
    return new typename Keys::separator(y.substr(0, same + 1));
  }

  tree_block* make_inner_block(std::span<const tree_piece> from) {
    using separator = typename Keys::separator;
    const auto count = static_cast<unsigned>(from.size() - 1);
    const auto key_at = [from](std::size_t i) -> const auto& {
      return static_cast<const separator*>(from[i + 1].separator)->key;
    };
    auto* block = make_block(false, count, key_at, count);
    for (unsigned i = 0; i <= count; ++i)
      block->slots()[i].store(from[i].block, std::memory_order_relaxed);
    for (unsigned i = 0; i < count; ++i)
      block->separators()[i] = from[i + 1].separator;
    return block;
  }

  // Makes a block with the heads and the common prefix of `size` keys.
  template <class F>
  tree_block*
  make_block(bool leaf, unsigned capacity, F key_at, unsigned size) {
    const auto skip = Keys::common_bytes(key_at(0), key_at(size - 1),
                                         tree_block::max_prefix);
    fresh_.push_back({nullptr, tree_part::block});
    auto* block = make_empty(leaf, capacity, key_at(0), skip);
    fresh_.back().what = block;
    for (unsigned i = 0; i < size; ++i)
      block->heads()[i] = Keys::head(key_at(i), skip);
    block->set_count(size);
    return block;
  }

  static tree_block* make_empty(bool leaf, unsigned capacity,
                                const key_view& first, std::size_t skip) {
    if constexpr (has_bytes<typename Keys::order>)
      return tree_block::make(leaf, capacity,
                              Keys::order::bytes(first).substr(0, skip));
    else
      return tree_block::make(leaf, capacity, {});
  }

  const Keys& keys_;
  std::vector<part> fresh_;
  std::vector<part> stale_;
};

} // namespace kv::ets::detail
