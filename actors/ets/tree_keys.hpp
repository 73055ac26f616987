#pragma once

#include "actors/ets/key_order.hpp"
#include "actors/ets/tree_block.hpp"
#include "actors/ets/tree_node.hpp"

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace kv::ets::detail {

/// What a tree of `Row` consists of beside its blocks, and how it compares.
template <class Row, class KeyFn>
struct tree_keys {
  using row = Row;
  using key = key_type<Row, KeyFn>;
  using order = key_order<key>;
  using key_view = typename key_traits<key>::view;

  using node = tree_node<Row, KeyFn>;

  struct separator : link {
    template <class T> // NOLINTNEXTLINE(*-forwarding-reference-overload)
    explicit separator(T&& x) : key(std::forward<T>(x)) {
      // nop
    }

    const tree_keys::key key; // NOLINT: immutable on purpose
  };

  struct hit {
    /// The least entry whose key is not below the one looked for.
    unsigned index = 0;
    /// Whether its key is the one looked for.
    bool found = false;

    /// Of the child that may hold the key.
    unsigned child() const noexcept {
      return index + (found ? 1 : 0);
    }
  };

  explicit tree_keys(KeyFn f) : key_fn(std::move(f)) {
    // nop
  }

  static const Row& row_of(const link& x) noexcept {
    return static_cast<const node&>(x).row;
  }

  /// Returns f(key) of an entry of a block.
  template <class F>
  auto with_key(const tree_block& block, unsigned i, F f) const {
    if (block.is_leaf())
      return f(key_fn(row_of(*block.slots()[i].load())));
    return f(static_cast<const separator*>(block.separators()[i])->key);
  }

  /// Returns what orders keys that share `skip` bytes.
  static std::uint64_t head(const key_view& key, std::size_t skip) {
    if constexpr (has_bytes<order>)
      return head_of(order::bytes(key).substr(skip));
    else
      return order::head(key);
  }

  /// Returns how many of the first `most` bytes two keys share.
  static std::size_t common_bytes(const key_view& x, const key_view& y,
                                  std::size_t most) {
    if constexpr (has_bytes<order>) {
      const auto a = order::bytes(x).substr(0, most);
      const auto b = order::bytes(y).substr(0, most);
      const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
      return static_cast<std::size_t>(ends.first - a.begin());
    } else {
      return 0;
    }
  }

  /// Whether `key` begins with the block's prefix.
  static bool has_prefix(const tree_block& block, const key_view& key) {
    if constexpr (has_bytes<order>)
      return order::bytes(key).starts_with(block.prefix());
    else
      return true;
  }

  /// Finds the place of a key in a block.
  hit search(const tree_block& block, const key_view& key) const {
    const auto count = block.count();
    if constexpr (has_bytes<order>) {
      if (const auto skip = block.prefix_size(); skip != 0) {
        const auto way = order::bytes(key).substr(0, skip) <=> block.prefix();
        if (std::is_neq(way))
          return {std::is_lt(way) ? 0 : count, false};
      }
    }
    const auto wanted = head(key, block.prefix_size());
    const auto first = block.heads_below(wanted, count);
    const bool tie = first != count && block.heads()[first] == wanted;
    if (!tie || order::exact)
      return {first, tie};
    if constexpr (node::has_end)
      if (block.is_leaf() && ends_here(block, first, key)) [[likely]]
        return {first, true};
    return search_ties(block, key, first, count);
  }

  [[no_unique_address]] KeyFn key_fn;

private:
  /// Whether the entry, whose head is that of the key, has this key, as far as
  /// its node tells.
  bool ends_here(const tree_block& block, unsigned i,
                 const key_view& key) const {
    const auto* entry = static_cast<const node*>(block.slots()[i].load());
    return entry->ends_as(order::bytes(key),
                          block.prefix_size() + sizeof(std::uint64_t), key_fn);
  }

  hit search_ties(const tree_block& block, const key_view& key, unsigned first,
                  unsigned count) const {
    const auto* heads = block.heads();
    auto last = static_cast<unsigned>(
      std::upper_bound(heads + first, heads + count, heads[first]) - heads);
    while (first != last) {
      const auto middle = first + (last - first) / 2;
      const auto way = with_key(block, middle, [&key](const key_view& x) {
        return order::compare(x, key);
      });
      if (std::is_eq(way))
        return {middle, true};
      if (std::is_lt(way))
        first = middle + 1;
      else
        last = middle;
    }
    return {first, false};
  }
};

} // namespace kv::ets::detail
