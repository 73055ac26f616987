// Operations on typed tables of every kind that has them.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

struct page {
  std::string path;
  std::int64_t hits = 0;
  std::int64_t bytes = 0;
  ets::cell<std::int64_t> seen{};

  bool operator==(const page&) const = default;
};

using hashed = ets::set<page, &page::path>;
using sorted = ets::ordered_set<page, &page::path>;

constexpr auto system_limit = static_cast<int>(ets::errc::system_limit);

template <class Table>
void fill(const ets::owner<Table>& table, int n) {
  for (int i = 0; i < n; ++i)
    table.insert({"page" + std::to_string(i), i, 2 * i});
}

} // namespace

TEMPLATE_TEST_CASE("a counter grows in place", "", hashed, sorted) {
  const ets::owner<TestType> table;
  CHECK_FALSE(ets::update_counter(table, "a", &page::hits));
  table.insert({"a", 5, 7});
  CHECK(ets::update_counter(table, "a", &page::hits) == 6);
  CHECK(ets::update_counter(table, "a", &page::hits, {.by = -10}) == -4);
  CHECK(table.lookup("a") == page{"a", -4, 7});
  SECTION("past the threshold it starts again") {
    const auto up = [](std::int64_t by) {
      return ets::increment<std::int64_t>{by, 10, 1};
    };
    CHECK(ets::update_counter(table, "a", &page::hits, up(14)) == 10);
    CHECK(ets::update_counter(table, "a", &page::hits, up(0)) == 10);
    CHECK(ets::update_counter(table, "a", &page::hits, up(1)) == 1);
    CHECK(ets::update_counter(table, "a", &page::hits,
                              {.by = -5, .threshold = -4, .reset = 9})
          == -4);
    CHECK(ets::update_counter(table, "a", &page::hits,
                              {.by = -1, .threshold = -4, .reset = 9})
          == 9);
  }
  SECTION("a default is changed and inserted") {
    CHECK(ets::update_counter(table, page{"b", 40, 1}, &page::hits, {.by = 2})
          == 42);
    CHECK(ets::update_counter(table, page{"b", 0, 0}, &page::hits, {.by = 2})
          == 44);
    CHECK(table.lookup("b") == page{"b", 44, 1});
  }
  SECTION("several changes are one step") {
    using change = ets::counter_change<page, std::int64_t>;
    const std::vector<change> changes{{&page::hits, {.by = 1}},
                                      {&page::hits, {.by = 2}},
                                      {&page::bytes}};
    CHECK(ets::update_counters<TestType, std::int64_t>(table, "a", changes)
          == std::vector<std::int64_t>{-3, -1, 8});
    const std::vector<change> bad{
      {&page::bytes},
      {&page::hits, {.by = std::numeric_limits<std::int64_t>::min()}}};
    CHECK(code_of([&] {
            ets::update_counters<TestType, std::int64_t>(table, "a", bad);
          })
          == system_limit);
    CHECK(table.lookup("a") == page{"a", -1, 8});
  }
}

TEST_CASE("a counter that would overflow is an error") {
  using limits = std::numeric_limits<std::int64_t>;
  using step = ets::increment<std::int64_t>;
  CHECK(ets::changed(limits::max() - 1, step{}) == limits::max());
  CHECK(code_of([] { ets::changed(limits::max(), step{}); }) == system_limit);
  CHECK(code_of([] { ets::changed(limits::min(), step{.by = -1}); })
        == system_limit);
  CHECK(ets::changed(limits::max(), step{1, limits::max(), 3}) == 3);
  CHECK(ets::changed(limits::min(), step{-1, limits::min(), 4}) == 4);
  CHECK(code_of([] { ets::changed<std::int8_t>(127, {}); }) == system_limit);
}

TEST_CASE("a counter in a cell changes without a new row") {
  const ets::owner<hashed> table;
  table.insert({"a"});
  const page* before = nullptr;
  table.visit("a", [&](const page& x) { before = &x; });
  CHECK(ets::update_counter(table, "a", &page::seen) == 1);
  CHECK(ets::update_counter(table, "a", &page::seen, 4) == 5);
  CHECK_FALSE(ets::update_counter(table, "b", &page::seen));
  table.visit("a", [&](const page& x) { CHECK(before == &x); });
}

TEMPLATE_TEST_CASE("elements are read and replaced by themselves", "", hashed,
                   sorted) {
  const ets::owner<TestType> table;
  table.insert({"a", 5, 7});
  CHECK(ets::lookup_element(table, "a", &page::bytes) == 7);
  CHECK_FALSE(ets::lookup_element(table, "b", &page::bytes));
  CHECK(ets::update_element(table, "a", &page::bytes, 8));
  CHECK_FALSE(ets::update_element(table, "b", &page::bytes, 8));
  CHECK(table.lookup("a") == page{"a", 5, 8});
  CHECK(code_of([&] { ets::update_element(table, "a", &page::path, "c"); })
        == badarg);
  CHECK(table.lookup("a") == page{"a", 5, 8});
}

TEMPLATE_TEST_CASE("a row is replaced if it is what was expected", "", hashed,
                   sorted) {
  const ets::owner<TestType> table;
  table.insert({"a", 1, 1});
  CHECK_FALSE(table.compare_exchange({"a", 2, 2}, {"a", 3, 3}));
  CHECK(table.compare_exchange({"a", 1, 1}, {"a", 3, 3}));
  CHECK(table.lookup("a") == page{"a", 3, 3});
  CHECK_FALSE(table.compare_exchange({"b", 1, 1}, {"b", 3, 3}));
  CHECK(code_of([&] {
          table.compare_exchange({"a", 3, 3}, {"b", 3, 3});
        })
        == badarg);
  CHECK(code_of([&] { // whether there is such a row or not
          table.compare_exchange({"a", 9, 9}, {"b", 3, 3});
        })
        == badarg);
}

TEMPLATE_TEST_CASE("select goes by predicates and projections", "", hashed,
                   sorted) {
  const ets::owner<TestType> table;
  fill(table, 100);
  const auto few = [](const page& x) { return x.hits < 10; };
  CHECK(ets::select(table, few).size() == 10);
  auto bytes = ets::select(table, few, &page::bytes);
  std::sort(bytes.begin(), bytes.end());
  CHECK(bytes == std::vector<std::int64_t>{0, 2, 4, 6, 8, 10, 12, 14, 16, 18});
  CHECK(ets::select_count(table, few) == 10);
  SECTION("with a limit") {
    ets::cursor at{table.reader()};
    std::size_t all = 0;
    while (!at.done()) {
      const auto some = ets::select(at, 3, few, &page::hits);
      all += some.size();
      if (TestType::kind == ets::kind::ordered_set && !at.done())
        CHECK(some.size() == 3);
    }
    CHECK(all == 10);
    CHECK(ets::select(at, 3, few).empty());
  }
  SECTION("erased") {
    CHECK(ets::select_erase(table, few) == 10);
    CHECK(table.size() == 90);
    CHECK(ets::select_count(table, few) == 0);
  }
  SECTION("replaced") {
    const auto more = [](const page& x) {
      return x.hits < 10 ? std::optional<page>{{x.path, x.hits + 1000}}
                         : std::nullopt;
    };
    CHECK(ets::select_replace(table, more) == 10);
    CHECK(table.size() == 100);
    CHECK(table.lookup("page3")->hits == 1003);
    CHECK(ets::select_count(table, few) == 0);
    const auto rename = [](const page&) { return std::optional<page>{{"x"}}; };
    CHECK(code_of([&] { ets::select_replace(table, rename); }) == badarg);
  }
}

TEMPLATE_TEST_CASE("cursors cut a table into parts", "", hashed, sorted) {
  const ets::owner<TestType> table;
  fill(table, 1000);
  std::vector<std::int64_t> seen;
  for (auto& at : ets::split(table, 5))
    while (at.walk(7, [&](const page& x) { seen.push_back(x.hits); })) {
      // next step
    }
  std::sort(seen.begin(), seen.end());
  REQUIRE(seen.size() == 1000);
  for (std::size_t i = 0; i < seen.size(); ++i)
    REQUIRE(seen[i] == static_cast<std::int64_t>(i));
}

TEMPLATE_TEST_CASE("a walk of a table that ends says so", "", hashed, sorted) {
  ets::owner<TestType> table;
  fill(table, 100);
  ets::cursor at{table.reader()};
  at.walk(10, [](const page&) {});
  table.close();
  CHECK(code_of([&] { at.walk(10, [](const page&) {}); }) == no_such_table);
  CHECK(code_of([&] { ets::cursor{table}.walk(1, [](const page&) {}); })
        == no_such_table);
}

TEMPLATE_TEST_CASE("a fixation keeps what was found", "", hashed, sorted) {
  ets::owner<TestType> table;
  table.insert({"a", 5, 7});
  {
    const ets::fixation fixed{table};
    const auto* x = fixed.find(table, "a");
    REQUIRE(x != nullptr);
    CHECK(fixed.find(table, "b") == nullptr);
    table.erase("a");
    CHECK(fixed.find(table, "a") == nullptr);
    CHECK(x->hits == 5);
    table.close();
    CHECK(x->bytes == 7);
  }
  CHECK(code_of([&] { const ets::fixation fixed{table}; }) == no_such_table);
}

TEMPLATE_TEST_CASE("many keys are looked up at once", "", hashed, sorted) {
  const ets::owner<TestType> table;
  fill(table, 10);
  const std::vector<std::string_view> keys{"page3", "x", "page9"};
  const auto found = table.lookup_many(keys);
  REQUIRE(found.size() == 3);
  CHECK(found[0]->hits == 3);
  CHECK_FALSE(found[1]);
  CHECK(found[2]->hits == 9);
  CHECK(table.to_vector().size() == 10);
}
