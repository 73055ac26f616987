// What visitors do that they should not, and what happens to tables meanwhile.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <limits>
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

struct counted {
  int key = 0;
  std::int32_t narrow = 0;
  std::int64_t wide = 0;
  std::uint64_t bits = 0;
};

using counters = ets::set<counted, &counted::key>;

// GCC 12 takes the optional in it for uninitialized once it sees through this.
template <class N>
[[gnu::noinline]] ets::increment<N> by(N n) {
  return {.by = n};
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

TEST_CASE("counters go past 2^31 and stop before 2^63") {
  const ets::owner<counters> table;
  constexpr auto system_limit = static_cast<int>(ets::errc::system_limit);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto add = [&table](auto member, auto n) {
    std::optional<decltype(n)> result;
    const auto code
      = code_of([&] { result = ets::update_counter(table, 1, member, by(n)); });
    CHECK(code == (result ? 0 : system_limit));
    return result;
  };
  table.insert({1, 0x7fff'ffff, 0x7fff'ffff, 0x7fff'ffff'ffff'ffff});
  CHECK_FALSE(add(&counted::narrow, std::int32_t{1}));
  CHECK(add(&counted::wide, std::int64_t{1}) == 0x8000'0000);
  CHECK(add(&counted::bits, std::uint64_t{1}) == 0x8000'0000'0000'0000);
  CHECK(add(&counted::wide, most - 0x8000'0000) == most);
  CHECK_FALSE(add(&counted::wide, std::int64_t{1}));
  CHECK(table.lookup(1)->narrow == 0x7fff'ffff);
  CHECK(table.lookup(1)->wide == most);
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
