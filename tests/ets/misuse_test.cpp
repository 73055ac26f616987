// What visitors do that they should not, and what happens to tables meanwhile.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace kv;
using namespace kv::test;

namespace {

using sorted = ets::ordered_set<entry, &entry::name>;
using bag = ets::bag<entry, &entry::name>;
using duplicates = ets::duplicate_bag<entry, &entry::name>;

template <class T>
void fill(const ets::owner<T>& table, int n) {
  for (int i = 0; i < n; ++i)
    table.insert({std::to_string(i), i});
}

} // namespace

TEMPLATE_TEST_CASE("a visitor may use its own table", "", entries, sorted, bag,
                   duplicates) {
  ets::owner<TestType> table;
  fill(table, 100);
  SECTION("in a visit") {
    table.visit("7", [&](const entry& x) {
      table.insert({"new", 1});
      CHECK(table.erase("7") == 1);
      CHECK_FALSE(table.member("7"));
      CHECK(x.value == 7);
      table.visit("8", [&](const entry& y) { CHECK(y.value == 8); });
    });
    CHECK(table.size() == 100);
  }
  SECTION("in a walk") {
    int seen = 0;
    table.for_each([&](const entry& x) {
      table.erase(x.name);
      ++seen;
    });
    CHECK(seen == 100);
    CHECK(table.size() == 0);
  }
  SECTION("in a predicate") {
    CHECK(table.erase_if("7", [&](const entry& x) {
      table.erase("8");
      return x.value == 7;
    }) == 1);
    CHECK(table.size() == 98);
  }
}

TEMPLATE_TEST_CASE("a function that throws changes nothing", "", entries,
                   sorted, bag, duplicates) {
  ets::owner<TestType> table;
  fill(table, 100);
  const auto fail = [](const entry&) -> bool {
    throw std::runtime_error("no");
  };
  CHECK_THROWS_AS(table.visit("7", fail), std::runtime_error);
  CHECK_THROWS_AS(table.for_each(fail), std::runtime_error);
  CHECK_THROWS_AS(table.erase_if("7", fail), std::runtime_error);
  CHECK_THROWS_AS(ets::select_erase(table, fail), std::runtime_error);
  CHECK(table.size() == 100);
  CHECK(table.member("7"));
  table.insert({"7", 7});
  table.close();
}

TEMPLATE_TEST_CASE("a table may end, move and be renamed during a walk", "",
                   entries, sorted, bag, duplicates) {
  ets::owner<TestType> table{{.name = "walked"}};
  fill(table, 100);
  int seen = 0;
  SECTION("given away and renamed") {
    std::optional<ets::owner<TestType>> other;
    table.for_each([&](const entry&) {
      if (seen++ == 3)
        other.emplace(std::move(table)).rename("elsewhere");
    });
    CHECK(seen == 100);
    CHECK(other->size() == 100);
  }
  SECTION("closed") {
    const auto r = table.reader();
    table.for_each([&](const entry& x) {
      table.close();
      CHECK(x.name == std::to_string(x.value));
      CHECK_FALSE(r.is_open());
      ++seen;
    });
    CHECK(seen >= 1);
  }
  SECTION("cleared") {
    table.for_each([&](const entry& x) {
      table.clear();
      CHECK(x.name == std::to_string(x.value));
      ++seen;
    });
    CHECK(seen >= 1);
    CHECK(table.size() == 0);
  }
}

TEMPLATE_TEST_CASE("an update that fails or changes the key changes nothing",
                   "", entries, sorted) {
  const ets::owner<TestType> table;
  fill(table, 100);
  const auto rename = [](const entry& x) { return entry{"other", x.value}; };
  const auto fail = [](const entry&) -> entry {
    throw std::runtime_error("no");
  };
  CHECK(code_of([&] { table.update("7", rename); }) == badarg);
  CHECK_THROWS_AS(table.update("7", fail), std::runtime_error);
  CHECK(code_of([&] {
          table.upsert(
            "absent",
            [] {
              return entry{"other", 1};
            },
            rename);
        })
        == badarg);
  CHECK(table.lookup("7") == entry{"7", 7});
  CHECK(table.size() == 100);
}
