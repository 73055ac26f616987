// Nodes of trees that repeat the end of their keys.
#include "actors/ets/table.hpp"

#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

/// The row of 48 bytes whose node has room for the end of its key.
struct texted {
  std::string key;
  std::uint64_t value = 0;
  std::uint64_t other = 0;
};

using texted_tree = ets::ordered_set<texted, &texted::key>;

/// Keys of all lengths up to `size` after a beginning, which differ in the last
/// byte, in the byte before the last eight, or in their length alone.
std::set<std::string> similar_keys(const std::string& beginning,
                                   std::size_t size) {
  std::set<std::string> result;
  for (std::size_t n = 0; n <= size; ++n)
    for (const char last : {'a', 'b', '\0', '\xff'}) {
      auto key = beginning + std::string(n, 'x');
      if (n != 0)
        key.back() = last;
      result.insert(key);
      if (n > 8)
        key[key.size() - 9] = last;
      result.insert(key);
    }
  return result;
}

} // namespace

TEST_CASE("a node of a tree knows the end of its key") {
  using node = ets::detail::tree_node<texted, ets::key_of<&texted::key>>;
  static_assert(sizeof(node) == ets::detail::line_size);
  const ets::key_of<&texted::key> key_fn;
  for (std::size_t size = 0; size < 30; ++size)
    for (std::size_t known = 8; known < 24; ++known) {
      const std::string key(size, 'x');
      const node made{texted{key}, key_fn};
      CHECK(made.ends_as(key, known, key_fn) == (size <= known + 8));
      CHECK_FALSE(made.ends_as(key + 'x', known, key_fn));
      for (auto i = known; i < size; ++i) {
        auto other = key;
        other[i] = 'y';
        CHECK_FALSE(made.ends_as(other, known, key_fn));
      }
    }
}

TEST_CASE("an ordered table tells similar keys apart") {
  const std::string beginning = GENERATE("", "y", "beginning",
                                         "/accounts/2026/"
                                         "customers/");
  const auto keys = similar_keys(beginning, 40);
  std::vector<std::string> order(keys.begin(), keys.end());
  std::mt19937_64 random{test_seed()};
  std::shuffle(order.begin(), order.end(), random);
  ets::owner<texted_tree> table;
  for (std::uint64_t turn = 0; turn < 2; ++turn)
    for (const auto& key : order)
      table.insert({key, key.size(), turn});
  REQUIRE(table.size() == keys.size());
  auto next = keys.begin();
  table.for_each([&](const texted& x) { CHECK(x.key == *next++); });
  for (const auto& key : order) {
    REQUIRE(table.lookup(key));
    CHECK(table.lookup(key)->key == key);
    CHECK(table.lookup(key)->other == 1);
    CHECK(table.erase(key) == 1);
    CHECK_FALSE(table.member(key));
  }
}
