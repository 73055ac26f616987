#pragma once

#include "actors/ets/key.hpp"
#include "actors/ets/node_memory.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/retired_list.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace kv::ets::detail {

/// How much of a key's text a node repeats. Only what costs no memory: a node
/// of more than 40 bytes takes 64 from every heap. Fewer than 16 bytes would
/// help nobody, for so much is in the string itself.
template <class Row, class KeyFn>
inline constexpr std::size_t repeated_text
  = has_string_key<Row, KeyFn> && (sizeof(Row) > 40) && (sizeof(Row) <= 48)
      ? line_size - sizeof(Row)
      : 0;

/// The beginning of a key's text, beside its row.
template <std::size_t N>
struct key_text {
  std::array<char, N> text;
};

template <>
struct key_text<0> {};

template <class Row, class KeyFn>
inline constexpr std::size_t set_node_alignment
  = node_alignment<Row>(sizeof(Row) + repeated_text<Row, KeyFn>);

/// A row of a set. It has no header: the hash of its key is made again in the
/// few cases where slots do not tell enough of it, and the table has room
/// elsewhere to remember that it is retired.
template <class Row, class KeyFn>
class alignas(set_node_alignment<Row, KeyFn>) set_node
  : public table_entry,
    public node_memory<set_node_alignment<Row, KeyFn>> {
  using traits = key_traits<key_type<Row, KeyFn>>;
  using key_view = typename traits::view;

public:
  static constexpr std::size_t repeated = repeated_text<Row, KeyFn>;

  set_node(Row&& x, const KeyFn& key_fn) : row(std::move(x)) {
    if constexpr (repeated != 0) {
      const std::string& key = key_fn(row);
      std::memcpy(text_.text.data(), key.data(),
                  std::min(key.size(), repeated));
    }
  }

  /// Whether the row has this key.
  [[gnu::always_inline]] bool has_key(const key_view& key,
                                      const KeyFn& key_fn) const {
    if constexpr (repeated >= few_bytes)
      return is_few(key.size())
               ? key_fn(row).size() == key.size()
                   && same_few_bytes(text_.text.data(), key.data(), key.size())
               : has_other_key(key, key_fn);
    else
      return traits::equal(key_fn(row), key);
  }

  /// The hash of the row's key in a table with this seed.
  std::uint64_t hash(const KeyFn& key_fn, std::uint64_t seed) const {
    if constexpr (repeated != 0)
      if (const auto size = key_fn(row).size(); is_repeated(size)) [[likely]]
        return hash_of(key_view{text_.text.data(), size}, seed);
    return hash_of(key_fn(row), seed);
  }

  /// Fetches what destroying the row, which has been fetched, will touch.
  void prefetch_end(const KeyFn& key_fn) const {
    if constexpr (has_string_key<Row, KeyFn>) {
      constexpr std::ptrdiff_t header = 16; // of the heap, on either side
      const std::string& key = key_fn(row);
      read_ahead_many(key.data() - header);
      read_ahead_many(key.data() + key.size() + header);
    }
  }

  const Row row; // NOLINT: immutable on purpose

private:
  [[gnu::noinline]] bool has_other_key(const key_view& key,
                                       const KeyFn& key_fn) const {
    return traits::equal(key_fn(row), key);
  }

  static std::uint64_t hash_of(const key_view& key, std::uint64_t seed) {
    return seeded_hash<traits>(key, seed);
  }

  static constexpr bool is_repeated(std::size_t size) noexcept {
    return size - 1 < repeated;
  }

  [[no_unique_address]] key_text<repeated> text_;
};

} // namespace kv::ets::detail
