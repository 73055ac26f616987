// Tables that get another size: where their rows go, and what that costs.
#include "actors/ets/table.hpp"

#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

/// A key that counts how often it is hashed.
struct counted_key {
  std::uint64_t value = 0;

  bool operator==(const counted_key&) const = default;
};

struct counted_row {
  counted_key key;
  std::uint64_t value = 0;

  bool operator==(const counted_row&) const = default;
};

std::atomic<std::size_t> hashed{0};

using counted_set = ets::set<counted_row, &counted_row::key>;
using counted_bag = ets::bag<counted_row, &counted_row::key>;

std::size_t absent(const std::vector<std::uint64_t>& keys, std::size_t n,
                   const auto& table) {
  std::size_t result = 0;
  for (std::size_t i = 0; i < n; ++i)
    result += table.member({keys[i]}) ? 0 : 1;
  return result;
}

} // namespace

template <>
struct kv::ets::key_traits<counted_key> {
  using view = counted_key;

  static std::uint64_t hash(counted_key key, std::uint64_t seed) {
    ++hashed;
    return mix(key.value + seed);
  }

  static bool equal(counted_key x, counted_key y) {
    return x == y;
  }
};

TEMPLATE_TEST_CASE("every row is found in a table of any size", "", counted_set,
                   counted_bag) {
  const auto seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  std::vector<std::uint64_t> keys(60'000);
  for (auto& x : keys)
    x = random();
  ets::owner<TestType> table;
  for (std::size_t n = 0; n < keys.size(); ++n) {
    table.insert({{keys[n]}, n});
    if (n % 7919 == 0)
      REQUIRE(absent(keys, n + 1, table) == 0);
  }
  REQUIRE(table.size() == keys.size());
  for (auto n = keys.size(); n-- > 0;) {
    REQUIRE(table.erase({keys[n]}) == 1);
    if (n % 7919 == 0)
      REQUIRE(absent(keys, n, table) == 0);
  }
}

TEST_CASE("a table gets another size without most of its keys") {
  constexpr std::size_t rows = 60'000;
  ets::owner<counted_set> table;
  hashed = 0;
  for (std::size_t i = 0; i < rows; ++i)
    table.insert({{i}, i});
  // Small tables ask all keys, large ones those that overflow.
  CHECK(hashed < rows + rows / 2);
  hashed = 0;
  for (std::size_t i = 0; i < rows; ++i)
    table.erase({i});
  CHECK(hashed < rows + rows / 2);
}
