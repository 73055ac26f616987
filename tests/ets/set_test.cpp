#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>

using namespace kv;
using namespace kv::test;

namespace {

// A key whose hashes all collide: only the comparison tells keys apart.
struct dull {
  int value = 0;

  bool operator==(const dull&) const = default;
};

struct dull_row {
  dull key;
  int value = 0;
};

using dull_set = ets::set<dull_row, &dull_row::key>;

int value_of(const ets::reader<entries>& table, std::string_view key) {
  int result = -1;
  table.visit(key, [&](const entry& x) { result = x.value; });
  return result;
}

entry plus_one(const entry& x) {
  return {x.name, x.value + 1};
}

} // namespace

template <>
struct ets::key_traits<dull> {
  using view = dull;

  static std::uint64_t hash(dull) noexcept {
    return 7;
  }

  static bool equal(dull x, dull y) noexcept {
    return x == y;
  }
};

TEST_CASE("an empty set has nothing") {
  ets::owner<entries> table;
  CHECK(table.size() == 0);
  CHECK_FALSE(table.member("a"));
  CHECK_FALSE(table.lookup("a"));
  CHECK_FALSE(table.visit("a", [](const entry&) { FAIL("no row"); }));
  CHECK(table.erase("a") == 0);
  CHECK_FALSE(table.take("a"));
  CHECK(table.erase_object({"a", 1}) == 0);
  CHECK(table.erase_if("a", [](const entry&) { return true; }) == 0);
  CHECK_FALSE(table.update("a", plus_one));
  CHECK(table.fold(5, [](int n, const entry&) { return n + 1; }) == 5);
  table.clear();
  CHECK(table.size() == 0);
}

TEST_CASE("insert replaces the row of its key") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  table.insert({"b", 2});
  CHECK(table.size() == 2);
  table.insert({"a", 3});
  CHECK(table.size() == 2);
  CHECK(table.lookup("a") == entry{"a", 3});
  CHECK(table.lookup("b") == entry{"b", 2});
  CHECK(table.member("a"));
  CHECK_FALSE(table.member("c"));
}

TEST_CASE("insert_new keeps the row of its key") {
  ets::owner<entries> table;
  CHECK(table.insert_new({"a", 1}));
  CHECK_FALSE(table.insert_new({"a", 2}));
  CHECK(table.lookup("a") == entry{"a", 1});
  CHECK(table.erase("a") == 1);
  CHECK(table.insert_new({"a", 3}));
  CHECK(table.size() == 1);
}

TEST_CASE("erase and take remove the row of a key") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  table.insert({"b", 2});
  CHECK(table.erase("a") == 1);
  CHECK(table.erase("a") == 0);
  CHECK(table.take("b") == entry{"b", 2});
  CHECK_FALSE(table.take("b"));
  CHECK(table.size() == 0);
}

TEST_CASE("erase_object removes equal rows only") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  CHECK(table.erase_object({"a", 2}) == 0);
  CHECK(table.member("a"));
  CHECK(table.erase_object({"a", 1}) == 1);
  CHECK_FALSE(table.member("a"));
}

TEST_CASE("erase_if asks the predicate") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  CHECK(table.erase_if("a", [](const entry& x) { return x.value == 2; }) == 0);
  CHECK(table.member("a"));
  CHECK_THROWS_AS(table.erase_if("a", [](const entry&) -> bool { throw 1; }),
                  int);
  CHECK(table.member("a"));
  CHECK(table.erase_if("a", [](const entry& x) { return x.value == 1; }) == 1);
  CHECK(table.size() == 0);
}

TEST_CASE("update replaces a row by a function of it") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  CHECK(table.update("a", plus_one));
  CHECK(table.lookup("a") == entry{"a", 2});
  CHECK_FALSE(table.update("b", plus_one));
  SECTION("another key is a bad argument") {
    CHECK(code_of([&] {
            table.update("a", [](const entry&) { return entry{"b", 9}; });
          })
          == badarg);
  }
  SECTION("a function that throws changes nothing") {
    CHECK_THROWS_AS(table.update("a",
                                 [](const entry&) -> entry {
                                   throw std::runtime_error("no");
                                 }),
                    std::runtime_error);
  }
  CHECK(table.size() == 1);
  CHECK(table.lookup("a") == entry{"a", 2});
}

TEST_CASE("update and erase_if run their function again after a change") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  int calls = 0;
  SECTION("update") {
    CHECK(table.update("a", [&](const entry& x) {
      if (++calls == 1)
        table.insert({"a", 10});
      return plus_one(x);
    }));
    CHECK(value_of(table.reader(), "a") == 11);
  }
  SECTION("erase_if") {
    CHECK(table.erase_if("a", [&](const entry& x) {
      if (++calls == 1)
        table.insert({"a", 10});
      return x.value == 10 || calls == 1;
    }) == 1);
    CHECK(table.size() == 0);
  }
  CHECK(calls == 2);
}

TEST_CASE("update of a row that goes away updates nothing") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  CHECK_FALSE(table.update("a", [&](const entry& x) {
    table.erase("a");
    return plus_one(x);
  }));
  CHECK(table.size() == 0);
}

TEST_CASE("clear removes all rows") {
  ets::owner<entries> table;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i});
  table.clear();
  CHECK(table.size() == 0);
  CHECK_FALSE(table.member("1"));
  table.insert({"a", 1});
  CHECK(table.size() == 1);
}

TEST_CASE("fold and for_each see every row once") {
  ets::owner<entries> table;
  std::set<std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    table.insert({std::to_string(i), i});
    expected.insert(std::to_string(i));
  }
  CHECK(table.fold(0, [](int n, const entry& x) { return n + x.value; })
        == 999 * 1000 / 2);
  std::multiset<std::string> seen;
  table.for_each([&](const entry& x) { seen.insert(x.name); });
  CHECK(seen.size() == expected.size());
  CHECK(std::set<std::string>(seen.begin(), seen.end()) == expected);
}

TEST_CASE("a table grows and shrinks and loses nothing") {
  constexpr int rows = 5000;
  ets::owner<entries> table;
  for (int i = 0; i < rows; ++i)
    table.insert({std::to_string(i), i});
  const auto full = table.info().bytes;
  for (int i = 0; i < rows; ++i)
    REQUIRE(value_of(table.reader(), std::to_string(i)) == i);
  for (int i = 0; i < rows - 2; ++i) {
    REQUIRE(table.erase(std::to_string(i)) == 1);
    REQUIRE(table.size() == std::size_t(rows - 1 - i));
    REQUIRE(table.member(std::to_string(i + 1)));
  }
  CHECK(table.info().bytes < full / 100);
}

TEST_CASE("a walk shows no key twice, whatever its visitor does") {
  for (int rows = 1; rows < 40; ++rows) {
    ets::owner<entries> table;
    for (int i = 0; i < rows; ++i)
      table.insert({std::to_string(i), i});
    std::multiset<std::string> seen;
    table.for_each([&](const entry& x) {
      seen.insert(x.name);
      const auto name = x.name;
      table.erase(name); // its place goes to another key
      table.insert({"new " + std::to_string(seen.size()), 0});
      table.insert({name, 0});
    });
    for (int i = 0; i < rows; ++i)
      REQUIRE(seen.count(std::to_string(i)) == 1);
  }
}

TEST_CASE("keys whose hashes collide are told apart") {
  ets::owner<dull_set> table;
  for (int i = 0; i < 50; ++i)
    CHECK(table.insert_new({{i}, i}));
  for (int i = 0; i < 50; i += 2)
    CHECK(table.erase({i}) == 1);
  for (int i = 0; i < 60; ++i) {
    const auto row = table.lookup({i});
    REQUIRE(row.has_value() == (i < 50 && i % 2 == 1));
    if (row)
      CHECK(row->value == i);
  }
}

TEST_CASE("a visitor may call back and may throw") {
  ets::owner<entries> table;
  ets::owner<entries> other;
  table.insert({"a", 1});
  CHECK(table.visit("a", [&](const entry& x) {
    table.insert({"b", x.value + 1});
    other.insert(x);
    CHECK(table.erase("a") == 1);
    CHECK(x.value == 1);
    CHECK(table.visit("b", [](const entry& y) { CHECK(y.value == 2); }));
  }));
  CHECK(table.size() == 1);
  CHECK(other.lookup("a") == entry{"a", 1});
  CHECK_THROWS_AS(table.visit("b", [](const entry&) { throw 5; }), int);
  CHECK_THROWS_AS(table.for_each([](const entry&) { throw 5; }), int);
  CHECK(table.size() == 1);
  CHECK_FALSE(ets::detail::is_pinned());
}

TEST_CASE("a walk may erase all rows it sees") {
  ets::owner<entries> table;
  for (int i = 0; i < 1000; ++i)
    table.insert({std::to_string(i), i});
  int seen = 0;
  table.for_each([&](const entry& x) {
    ++seen;
    CHECK(table.erase(x.name) == 1);
  });
  CHECK(seen == 1000);
  CHECK(table.size() == 0);
}

TEST_CASE("a cell is a mutable part of a row") {
  struct counter {
    int id = 0;
    ets::cell<std::uint64_t> hits{};
  };
  using counters = ets::basic_set<counter, ets::key_of<&counter::id>>;
  ets::owner<counters> table;
  table.insert({1});
  const auto hit = [](const counter& x) { x.hits.fetch_add(2); };
  table.visit(1, hit);
  table.visit(1, hit);
  CHECK(table.lookup(1)->hits.load() == 4);
  const auto copy = *table.lookup(1);
  table.visit(1, hit);
  CHECK(copy.hits.load() == 4);
  table.visit(1, [](const counter& x) { x.hits.store(9); });
  CHECK(table.lookup(1)->hits == ets::cell<std::uint64_t>{9});
}
