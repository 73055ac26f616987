#pragma once

#include "actors/ets/key.hpp"
#include "actors/ets/lines.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/retired_list.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace kv::ets::detail {

/// Whether the key of a row is a string that is a part of it, whose text is
/// perhaps elsewhere.
template <class Row, class KeyFn>
concept has_string_key = std::same_as
                         < std::invoke_result_t<const KeyFn&, const Row&>,
const std::string& > ;

/// How much of a key's text a node repeats. Only what costs no memory: a node
/// of more than 40 bytes takes 64 from every heap. Fewer than 16 bytes would
/// help nobody, for so much is in the string itself.
template <class Row, class KeyFn>
inline constexpr std::size_t repeated_text
  = has_string_key<Row, KeyFn> && (sizeof(Row) > 40) && (sizeof(Row) <= 48)
      ? line_size - sizeof(Row)
      : 0;

/// Whether a node of so many bytes gets a cache line.
constexpr bool fills_line(std::size_t bytes) noexcept {
  return bytes > 48 && bytes <= line_size;
}

/// The beginning of a key's text, beside its row.
template <std::size_t N>
struct key_text {
  std::array<char, N> text;
};

template <>
struct key_text<0> {};

/// A row of a set. It has no header: the hash of its key is made again when a
/// table gets another size, and the table has room elsewhere to remember that
/// it is retired.
template <class Row, class KeyFn>
class alignas(fills_line(sizeof(Row) + repeated_text<Row, KeyFn>)
                ? line_size
                : std::max(alignof(Row), alignof(void*))) set_node
  : public table_entry {
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
    if constexpr (repeated != 0)
      if (is_repeated(key.size())) [[likely]]
        return key_fn(row).size() == key.size()
               && same_bytes(text_.text.data(), key.data(), key.size());
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

  static void* operator new(std::size_t bytes) {
    if constexpr (is_line())
      return allocate_line();
    else if constexpr (is_over_aligned())
      return ::operator new (bytes, std::align_val_t{alignof(set_node)});
    else
      return ::operator new(bytes);
  }

  static void operator delete(void* node, std::size_t bytes) noexcept {
    if constexpr (is_line())
      free_line(node);
    else if constexpr (is_over_aligned())
      ::operator delete (node, bytes, std::align_val_t{alignof(set_node)});
    else
      ::operator delete(node, bytes);
  }

  const Row row; // NOLINT: immutable on purpose

private:
  static constexpr bool is_line() noexcept {
    return sizeof(set_node) == line_size && alignof(set_node) == line_size;
  }

  static constexpr bool is_over_aligned() noexcept {
    return alignof(set_node) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
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
