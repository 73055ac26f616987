// Going from key to key in tables without an order.
#include "actors/ets/expiring.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace kv;
using namespace kv::test;

namespace {

using bag = ets::bag<entry, &entry::name>;
using heap = ets::duplicate_bag<entry, &entry::name>;

/// A key whose hash says little.
struct coarse_key {
  int value = 0;

  bool operator==(const coarse_key&) const = default;
};

struct coarse_row {
  coarse_key key;
};

using coarse_set = ets::set<coarse_row, &coarse_row::key>;

template <class T>
std::multiset<std::string> walked(const ets::owner<T>& table) {
  std::multiset<std::string> result;
  for (auto at = table.first(); at; at = table.next(at->name))
    result.insert(at->name);
  return result;
}

} // namespace

template <>
struct kv::ets::key_traits<coarse_key> {
  using view = coarse_key;

  static std::uint64_t hash(coarse_key key) {
    return static_cast<std::uint64_t>(key.value / 10);
  }

  static bool equal(coarse_key x, coarse_key y) {
    return x == y;
  }
};

TEMPLATE_TEST_CASE("each key leads to the next one", "", entries, bag, heap) {
  for (const int rows : {0, 1, 9, 1000}) {
    ets::owner<TestType> table;
    std::multiset<std::string> expected;
    for (int i = 0; i < rows; ++i) {
      table.insert({std::to_string(i), i});
      table.insert({std::to_string(i), i + 1}); // shown once
      expected.insert(std::to_string(i));
    }
    CHECK(walked(table) == expected);
    CHECK(table.first() == table.last());
    if (rows != 0)
      CHECK(table.next(table.first()->name) == table.prev(table.first()->name));
  }
}

TEST_CASE("a key that is gone still leads on") {
  ets::owner<entries> table;
  for (int i = 0; i < 500; ++i)
    table.insert({std::to_string(i), i});
  int steps = 0;
  for (auto at = table.first(); at; at = table.next(at->name), ++steps)
    CHECK(table.erase(at->name) == 1);
  CHECK(steps == 500);
  CHECK(table.size() == 0);
}

TEST_CASE("the order of keys survives that a table grows and shrinks") {
  ets::owner<entries> table;
  for (int i = 0; i < 50; ++i)
    table.insert({std::to_string(i), i});
  std::map<std::string, std::optional<std::string>> next;
  for (auto at = table.first(); at;) {
    const auto then = table.next(at->name);
    next[at->name] = then ? std::optional{then->name} : std::nullopt;
    at = then;
  }
  for (int i = 50; i < 5000; ++i)
    table.insert({std::to_string(i), i});
  for (int i = 50; i < 5000; ++i)
    table.erase(std::to_string(i));
  for (const auto& [key, then] : next) {
    const auto now = table.next(key);
    CHECK((now ? std::optional{now->name} : std::nullopt) == then);
  }
}

TEST_CASE("keys with the same hash lead to each other") {
  ets::owner<coarse_set> table;
  std::set<int> seen;
  for (int i = 0; i < 300; ++i)
    table.insert({{i}});
  for (auto at = table.first(); at; at = table.next(at->key))
    REQUIRE(seen.insert(at->key.value).second);
  CHECK(seen.size() == 300);
}
