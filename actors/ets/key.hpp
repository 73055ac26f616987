#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv::ets {

namespace detail {

__extension__ using wide_word = unsigned __int128;

/// The upper half of a product, mixed with the lower one.
constexpr std::uint64_t fold_product(std::uint64_t x,
                                     std::uint64_t y) noexcept {
  const auto product = wide_word{x} * y;
  return static_cast<std::uint64_t>(product)
         ^ static_cast<std::uint64_t>(product >> 64);
}

template <class Word>
std::uint64_t read_word(const char* bytes) noexcept {
  Word result;
  std::memcpy(&result, bytes, sizeof result);
  return result;
}

/// Whether fewer than 8 bytes, or more than 16, are the same.
[[gnu::noinline]] inline bool same_other_bytes(const char* x, const char* y,
                                               std::size_t size) noexcept {
  using word = std::uint64_t;
  if (size > 32)
    return std::memcmp(x, y, size) == 0;
  if (size > 16) {
    for (std::size_t i = 8; i < size; i += 8, x += 8, y += 8)
      if (read_word<word>(x) != read_word<word>(y))
        return false;
    const auto last = (size - 1) % 8 + 1; // the last word overlaps
    return read_word<word>(x + last - 8) == read_word<word>(y + last - 8);
  }
  if (size >= 4)
    return read_word<std::uint32_t>(x) == read_word<std::uint32_t>(y)
           && read_word<std::uint32_t>(x + size - 4)
                == read_word<std::uint32_t>(y + size - 4);
  for (std::size_t i = 0; i < size; ++i)
    if (x[i] != y[i])
      return false;
  return true;
}

/// The most bytes that are compared and hashed without a call or a loop.
inline constexpr std::size_t few_bytes = 16;

/// Whether these are 8 to 16.
constexpr bool is_few(std::size_t size) noexcept {
  return size - 8 <= few_bytes - 8;
}

[[gnu::always_inline]] inline bool same_few_bytes(const char* x, const char* y,
                                                  std::size_t size) noexcept {
  using word = std::uint64_t;
  const auto last = size - 8; // the words may overlap
  return ((read_word<word>(x) ^ read_word<word>(y))
          | (read_word<word>(x + last) ^ read_word<word>(y + last)))
         == 0;
}

/// Whether two keys of this size are the same.
[[gnu::always_inline]] inline bool same_bytes(const char* x, const char* y,
                                              std::size_t size) noexcept {
  return is_few(size) ? same_few_bytes(x, y, size)
                      : same_other_bytes(x, y, size);
}

/// Hashes bytes by folded products of 16 of them at a time with secrets made
/// from the seed, in the manner of wyhash by Wang Yi.
struct byte_hash {
  explicit byte_hash(std::uint64_t seed) noexcept
    : first(seed ^ 0xa0761d6478bd642fULL),
      second((seed << 32 | seed >> 32) ^ 0xe7037ed1a0b428dbULL) {
    // nop
  }

  /// The last words of `size` bytes.
  std::uint64_t finish(std::size_t size, std::uint64_t x,
                       std::uint64_t y) const noexcept {
    return fold_product(first ^ size ^ 0x8ebc6af09c88c6e3ULL,
                        fold_product(x ^ first, y ^ second)
                          ^ 0x589965cc75374cc3ULL);
  }

  std::uint64_t first;
  std::uint64_t second;
};

/// The hash of fewer than 8 bytes, or more than 16.
[[gnu::noinline]] inline std::uint64_t
hash_other_bytes(const char* bytes, std::size_t size,
                 std::uint64_t seed) noexcept {
  byte_hash hash{seed};
  if (size > 16) {
    const auto* last = bytes + size - 16;
    for (; bytes < last; bytes += 16)
      hash.second
        = fold_product(read_word<std::uint64_t>(bytes) ^ hash.first,
                       read_word<std::uint64_t>(bytes + 8) ^ hash.second);
    return hash.finish(size, read_word<std::uint64_t>(last),
                       read_word<std::uint64_t>(last + 8));
  }
  if (size >= 4)
    return hash.finish(size, read_word<std::uint32_t>(bytes),
                       read_word<std::uint32_t>(bytes + size - 4));
  std::uint64_t x = 0;
  if (size != 0)
    x = read_word<std::uint8_t>(bytes) << 16
        | read_word<std::uint8_t>(bytes + size / 2) << 8
        | read_word<std::uint8_t>(bytes + size - 1);
  return hash.finish(size, x, 0);
}

/// Hashes bytes. Complexity: linear, about one multiplication for 16 bytes.
[[gnu::always_inline]] inline std::uint64_t
hash_bytes(const char* bytes, std::size_t size, std::uint64_t seed) noexcept {
  if (!is_few(size)) [[unlikely]]
    return hash_other_bytes(bytes, size, seed);
  return byte_hash{seed}.finish(size, read_word<std::uint64_t>(bytes),
                                read_word<std::uint64_t>(bytes + size - 8));
}

} // namespace detail

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
/// over all 64 bits; it may take a seed, which every table chooses at random so
/// that nobody can prepare keys that collide. `hash` and `equal` run under a
/// table's lock: they must neither block nor use a table.
template <class Key>
struct key_traits {
  using view = std::conditional_t<
    std::is_trivially_copyable_v<Key> && sizeof(Key) <= 2 * sizeof(void*), Key,
    const Key&>;

  static std::uint64_t hash(const Key& key, std::uint64_t seed = 0) noexcept {
    return mix(std::hash<Key>{}(key) + seed);
  }

  static bool equal(const Key& x, const Key& y) {
    return x == y;
  }
};

/// Strings are looked up by a view: no allocation.
template <>
struct key_traits<std::string_view> {
  using view = std::string_view;

  [[gnu::always_inline]] static std::uint64_t
  hash(view key, std::uint64_t seed = 0) noexcept {
    return detail::hash_bytes(key.data(), key.size(), seed);
  }

  [[gnu::always_inline]] static bool equal(view x, view y) noexcept {
    return x.size() == y.size()
           && detail::same_bytes(x.data(), y.data(), x.size());
  }
};

template <>
struct key_traits<std::string> : key_traits<std::string_view> {};

namespace detail {

/// The hash of a key for a table with this seed.
template <class Traits, class View>
[[gnu::always_inline]] inline std::uint64_t
seeded_hash(const View& key, std::uint64_t seed) noexcept {
  if constexpr (requires { Traits::hash(key, seed); })
    return Traits::hash(key, seed);
  else
    return mix(Traits::hash(key) + seed);
}

} // namespace detail

/// Composite keys are looked up by a tuple of the views of their parts.
template <class... Keys>
struct key_traits<std::tuple<Keys...>> {
  using view = std::tuple<typename key_traits<Keys>::view...>;

  static std::uint64_t hash(const view& key, std::uint64_t seed = 0) noexcept {
    return hash(key, seed, std::index_sequence_for<Keys...>{});
  }

  static bool equal(const view& x, const view& y) {
    return equal(x, y, std::index_sequence_for<Keys...>{});
  }

private:
  template <std::size_t... Is>
  static std::uint64_t hash(const view& key, std::uint64_t seed,
                            std::index_sequence<Is...>) noexcept {
    ((seed = detail::seeded_hash<key_traits<Keys>>(std::get<Is>(key), seed)),
     ...);
    return seed;
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
