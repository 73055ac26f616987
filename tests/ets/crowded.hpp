#pragma once

#include "tests/ets/rows.hpp"

#include <cstdint>

namespace kv::test {

/// A key all of which are in one bucket, most of them in its chain.
struct crowded {
  std::uint64_t value = 0;

  crowded(std::uint64_t x = 0) noexcept : value(x) { // NOLINT: implicit
    // nop
  }

  bool operator==(const crowded&) const = default;
};

struct crowded_row {
  crowded key{};
  witness value{};

  crowded_row() = default;

  crowded_row(std::uint64_t k, std::uint64_t payload) : key(k), value(payload) {
    // nop
  }
};

} // namespace kv::test

template <>
struct kv::ets::key_traits<kv::test::crowded> {
  using view = kv::test::crowded;

  /// Two tags, of which one belongs to the near slots, in every table.
  static std::uint64_t hash(const view& x, std::uint64_t) noexcept {
    constexpr std::uint64_t bucket = 0x5eed'5eed'0000'0000ULL;
    return bucket | (x.value % 2 == 0 ? 0x30 : 0xf0);
  }

  static bool equal(const view& x, const view& y) noexcept {
    return x == y;
  }
};
