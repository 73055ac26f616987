#pragma once

#include "actors/ets/key_order.hpp"
#include "actors/ets/node_memory.hpp"
#include "actors/ets/retired_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace kv::ets::detail {

/// Whether a node of a tree repeats the last eight bytes of its key. Only where
/// that costs no memory: a node of more than 40 bytes takes 64 from every heap.
template <class Row, class KeyFn>
constexpr bool repeats_end_of_key() noexcept {
  if (sizeof(Row) <= 32 || sizeof(Row) > 48)
    return false;
  using order = key_order<key_type<Row, KeyFn>>;
  return has_string_key<Row, KeyFn> && has_whole_bytes<order>;
}

template <class Row, class KeyFn>
inline constexpr bool repeats_end = repeats_end_of_key<Row, KeyFn>();

/// The last eight bytes of a key, beside its row.
template <bool Repeated>
struct key_end {
  std::uint64_t word = 0;
};

template <>
struct key_end<false> {};

template <class Row, class KeyFn>
inline constexpr std::size_t tree_node_alignment
  = node_alignment<Row>(sizeof(link) + sizeof(Row)
                        + (repeats_end<Row, KeyFn> ? sizeof(key_end<true>)
                                                   : 0));

/// A row of a tree.
template <class Row, class KeyFn>
class alignas(tree_node_alignment<Row, KeyFn>) tree_node
  : public link,
    public node_memory<tree_node_alignment<Row, KeyFn>> {
public:
  static constexpr bool has_end = repeats_end<Row, KeyFn>;

  tree_node(Row&& x, const KeyFn& key_fn) : row(std::move(x)) {
    if constexpr (has_end)
      if (const std::string_view key = key_fn(row); key.size() >= word_size)
        end_.word = last_word(key);
  }

  /// Whether the row's key is `key`, of which the first `known` bytes are known
  /// to be the same; false as well if the text would have to tell.
  [[gnu::always_inline]] bool
  ends_as(std::string_view key, std::size_t known,
          const KeyFn& key_fn) const requires has_end {
    const auto size = key.size();
    if (key_fn(row).size() != size || size > known + word_size)
      return false;
    return size < word_size || end_.word == last_word(key);
  }

  const Row row; // NOLINT: immutable on purpose

private:
  static constexpr std::size_t word_size = sizeof(std::uint64_t);

  static std::uint64_t last_word(std::string_view key) noexcept {
    std::uint64_t result = 0;
    std::memcpy(&result, key.data() + key.size() - word_size, word_size);
    return result;
  }

  [[no_unique_address]] key_end<has_end> end_;
};

} // namespace kv::ets::detail
