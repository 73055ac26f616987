#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv::ets {

/// Spreads the entropy of `x` over all 64 bits (the finalizer of MurmurHash3).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

/// How keys of type `Key` are looked up, hashed and compared; specialize it for
/// a key with a cheaper view of itself.
///
/// `view` is what lookups take and converts from `const Key&`. `hash` spreads
/// over all 64 bits. `hash` and `equal` run under a table's lock: they must
/// neither block nor use a table.
template <class Key>
struct key_traits {
  using view = std::conditional_t<
    std::is_trivially_copyable_v<Key> && sizeof(Key) <= 2 * sizeof(void*), Key,
    const Key&>;

  static std::uint64_t hash(const Key& key) noexcept {
    return mix(std::hash<Key>{}(key));
  }

  static bool equal(const Key& x, const Key& y) {
    return x == y;
  }
};

/// Strings are looked up by a view: no allocation.
template <>
struct key_traits<std::string_view> {
  using view = std::string_view;

  static std::uint64_t hash(view key) noexcept {
    return std::hash<view>{}(key);
  }

  static bool equal(view x, view y) noexcept {
    return x == y;
  }
};

template <>
struct key_traits<std::string> : key_traits<std::string_view> {};

/// Composite keys are looked up by a tuple of the views of their parts.
template <class... Keys>
struct key_traits<std::tuple<Keys...>> {
  using view = std::tuple<typename key_traits<Keys>::view...>;

  static std::uint64_t hash(const view& key) noexcept {
    return hash(key, std::index_sequence_for<Keys...>{});
  }

  static bool equal(const view& x, const view& y) {
    return equal(x, y, std::index_sequence_for<Keys...>{});
  }

private:
  template <std::size_t... Is>
  static std::uint64_t
  hash(const view& key, std::index_sequence<Is...>) noexcept {
    std::uint64_t sum = 0;
    ((sum = mix(sum * 31 + key_traits<Keys>::hash(std::get<Is>(key)))), ...);
    return sum;
  }

  template <std::size_t... Is>
  static bool equal(const view& x, const view& y, std::index_sequence<Is...>) {
    return (key_traits<Keys>::equal(std::get<Is>(x), std::get<Is>(y)) && ...);
  }
};

/// The key extractor of a typed row: members of the row or named functions of
/// it, one for a plain key, several for a composite one. Never a lambda, whose
/// type would differ from source file to source file.
template <auto... Keys>
struct key_of {
  template <class Row>
  using parts = std::tuple<std::invoke_result_t<decltype(Keys), const Row&>...>;

  template <class Row>
  constexpr parts<Row> operator()(const Row& row) const {
    return parts<Row>(std::invoke(Keys, row)...);
  }
};

template <auto Key>
struct key_of<Key> {
  template <class Row>
  constexpr decltype(auto) operator()(const Row& row) const {
    return std::invoke(Key, row);
  }
};

namespace detail {

template <class T>
struct owned_key {
  using type = std::remove_cvref_t<T>;
};

template <class... Ts>
struct owned_key<std::tuple<Ts...>> {
  using type = std::tuple<std::remove_cvref_t<Ts>...>;
};

} // namespace detail

/// The type of the key that `KeyFn` finds in a `Row`, free of references.
template <class Row, class KeyFn>
using key_type = typename detail::owned_key<
  std::remove_cvref_t<std::invoke_result_t<const KeyFn&, const Row&>>>::type;

} // namespace kv::ets
