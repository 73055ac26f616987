#pragma once

#include "actors/ets/key.hpp"

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv::ets {

/// How keys of type `Key` are ordered; specialize it for a key without `<=>`
/// and `<`, or to let a tree compare most keys by one integer.
///
/// `compare(x, y)` is a strict weak order; keys that are equivalent are one key
/// of an ordered_set. `head(key)` is an integer with
/// `head(x) < head(y)` only if x orders before y. A key with `bytes(key)`
/// orders first by these bytes (as unsigned); its heads are made of them, and
/// what all keys of a tree node have in common there is compared once. `exact`
/// says that equal heads mean equal keys, `whole_bytes`, if it is there, that
/// equal bytes do. All run under a table's lock: they must neither block nor
/// use a table.
template <class Key>
struct key_order {
  using view = typename key_traits<Key>::view;
  static constexpr bool exact = false;

  static std::weak_ordering compare(const Key& x, const Key& y) {
    if constexpr (std::three_way_comparable<Key, std::weak_ordering>)
      return x <=> y;
    else
      return x < y   ? std::weak_ordering::less
             : y < x ? std::weak_ordering::greater
                     : std::weak_ordering::equivalent;
  }

  static constexpr std::uint64_t head(const Key&) noexcept {
    return 0;
  }
};

/// Integers and enumerations are their own heads.
template <class Key>
  requires std::integral<Key> || std::is_enum_v<Key>
struct key_order<Key> {
  using view = Key;
  static constexpr bool exact = sizeof(Key) <= sizeof(std::uint64_t);

  static constexpr std::weak_ordering compare(Key x, Key y) noexcept {
    return x <=> y;
  }

  static constexpr std::uint64_t head(Key key) noexcept {
    if constexpr (std::is_enum_v<Key>) {
      using number = std::underlying_type_t<Key>;
      return key_order<number>::head(static_cast<number>(key));
    } else {
      constexpr auto sign = std::signed_integral<Key> ? 1ULL << 63 : 0;
      return static_cast<std::uint64_t>(key) ^ sign;
    }
  }
};

/// Whatever is looked up by a string_view orders by its bytes.
template <class Key>
  requires std::same_as<typename key_traits<Key>::view, std::string_view>
struct key_order<Key> {
  using view = std::string_view;
  static constexpr bool exact = false;
  static constexpr bool whole_bytes = true;

  static std::weak_ordering compare(view x, view y) noexcept {
    return x <=> y;
  }

  static constexpr view bytes(view key) noexcept {
    return key;
  }
};

/// Composite keys order by their parts, from left to right.
template <class First, class... Rest>
struct key_order<std::tuple<First, Rest...>> {
  using view = typename key_traits<std::tuple<First, Rest...>>::view;
  static constexpr bool exact = sizeof...(Rest) == 0 && key_order<First>::exact;

  static std::weak_ordering compare(const view& x, const view& y) {
    return compare(x, y, std::index_sequence_for<First, Rest...>{});
  }

  static std::string_view bytes(const view& key) //
    requires requires {
    key_order<First>::bytes(std::get<0>(key));
  }
  { return key_order<First>::bytes(std::get<0>(key)); }

  static std::uint64_t head(const view& key) //
    requires requires {
    key_order<First>::head(std::get<0>(key));
  }
  { return key_order<First>::head(std::get<0>(key)); }

private:
  template <std::size_t... Is>
  static std::weak_ordering
  compare(const view& x, const view& y, std::index_sequence<Is...>) {
    using keys = std::tuple<First, Rest...>;
    auto result = std::weak_ordering::equivalent;
    static_cast<void>(
      ((result = key_order<std::tuple_element_t<Is, keys>>::compare(
          std::get<Is>(x), std::get<Is>(y)),
        std::is_neq(result))
       || ...));
    return result;
  }
};

namespace detail {

/// The first eight bytes as an integer that orders as they do; zeros follow a
/// shorter text.
inline std::uint64_t head_of(std::string_view bytes) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t head = 0;
  if (bytes.size() >= sizeof(head)) [[likely]]
    std::memcpy(&head, bytes.data(), sizeof(head));
  else if (!bytes.empty())
    std::memcpy(&head, bytes.data(), bytes.size());
  return __builtin_bswap64(head);
}

/// Whether keys have bytes to order by.
template <class Order>
concept has_bytes = requires(const typename Order::view& key) {
  { Order::bytes(key) } -> std::same_as<std::string_view>;
};

/// Whether keys are nothing but these bytes.
template <class Order>
concept has_whole_bytes = has_bytes<Order> && requires {
  requires Order::whole_bytes;
};

} // namespace detail

} // namespace kv::ets
