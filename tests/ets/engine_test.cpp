// What every engine does, asked of the engines themselves.
#include "actors/ets/engine.hpp"

#include "actors/ets/table.hpp"

#include "tests/ets/engine_fixture.hpp"
#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using set_engine = entries::engine;
using tree_engine = ets::ordered_set<entry, &entry::name>::engine;

static_assert(ets::detail::unique_engine<set_engine>);
static_assert(ets::detail::unique_engine<tree_engine>);

} // namespace

TEMPLATE_TEST_CASE("an engine visits many keys at once", "", set_engine,
                   tree_engine) {
  engine_fixture<TestType> table;
  table->insert({"a", 1}, true);
  table->insert({"b", 2}, true);
  const std::array<std::string_view, 4> keys{"b", "x", "a", "b"};
  std::vector<std::pair<std::size_t, int>> seen;
  auto show = [&](std::size_t i, const entry& x) {
    seen.emplace_back(i, x.value);
  };
  CHECK(table->visit_many(keys, show) == 3);
  CHECK(seen
        == std::vector<std::pair<std::size_t, int>>{{0, 2}, {2, 1}, {3, 2}});
}

TEMPLATE_TEST_CASE("an engine inserts many rows in one step", "", set_engine,
                   tree_engine) {
  engine_fixture<TestType> table;
  CHECK(table->insert_many({{"a", 1}, {"b", 2}, {"a", 3}}, false));
  CHECK(table->size() == 2);
  CHECK(table->lookup("a") == entry{"a", 3});
  CHECK_FALSE(table->insert_many({{"c", 1}, {"b", 9}}, false));
  CHECK_FALSE(table->lookup("c"));
  CHECK(table->insert_many({{"c", 1}, {"b", 9}}, true));
  CHECK(table->lookup("b") == entry{"b", 9});
  CHECK(table->size() == 3);
  CHECK(table->insert_many({}, false));
}

// The table grows within the batch, and buckets get more rows than slots.
TEMPLATE_TEST_CASE("rows of a large insertion are all found", "", set_engine,
                   tree_engine) {
  for (int round = 0; round < 300; ++round) {
    engine_fixture<TestType> table; // with a seed of its own
    const int before = round % 40;
    const int many = 5 + round % 23 * 3;
    for (int i = 0; i < before; ++i)
      table->insert({std::to_string(i), i}, true);
    std::vector<entry> rows;
    for (int i = before / 2; i < before + many; ++i)
      rows.push_back({std::to_string(i), i});
    REQUIRE(table->insert_many(std::move(rows), true));
    REQUIRE(table->size() == static_cast<std::size_t>(before + many));
    for (int i = 0; i < before + many; ++i)
      REQUIRE(table->lookup(std::to_string(i)) == entry{std::to_string(i), i});
  }
}

TEMPLATE_TEST_CASE("an engine inserts what an update does not find", "",
                   set_engine, tree_engine) {
  engine_fixture<TestType> table;
  auto make = [] { return entry{"a", 1}; };
  auto twice = [](const entry& x) {
    return std::optional<entry>{{x.name, 2 * x.value}};
  };
  CHECK_FALSE(table->upsert("a", make, twice));
  CHECK(table->upsert("a", make, twice));
  CHECK(table->lookup("a") == entry{"a", 2});
  auto nothing = [](const entry&) { return std::optional<entry>{}; };
  CHECK(table->update("a", nothing));
  CHECK(table->lookup("a") == entry{"a", 2});
  CHECK(code_of([&] { table->upsert("b", make, twice); }) == badarg);
  CHECK(table->size() == 1);
}

TEMPLATE_TEST_CASE("a scan in steps shows every row once", "", set_engine,
                   tree_engine) {
  engine_fixture<TestType> table;
  std::multiset<std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    table->insert({std::to_string(i), i}, true);
    expected.insert(std::to_string(i));
  }
  std::multiset<std::string> seen;
  auto show = [&](const entry& x) { seen.insert(x.name); };
  SECTION("from the beginning") {
    typename TestType::position at;
    while (table->scan(at, 10, show)) {
      // next step
    }
    CHECK_FALSE(table->scan(at, 10, show));
  }
  SECTION("in parts") {
    for (auto& at : table->split(7))
      while (table->scan(at, 10, show)) {
        // next step
      }
  }
  CHECK(seen == expected);
}
