// Tables with limits, and what they evict.
#include "actors/ets/limits.hpp"

#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

struct page {
  std::string url;
  std::string text{};
  manual_deadline end{};
  ets::basic_last_use<manual_clock> used{};

  bool operator==(const page&) const = default;

  friend std::size_t heap_bytes(const page& x) {
    return ets::heap_bytes(x.text);
  }
};

using plain_set = ets::set<page, &page::url>;
using ordered_set = ets::ordered_set<page, &page::url>;
using bag = ets::bag<page, &page::url>;

template <class T>
using refusing = ets::limited<T, ets::evict_none>;
template <class T>
using lru = ets::limited<T, ets::evict_least_used<&page::used>>;
template <class T>
using soonest
  = ets::limited<ets::expiring<T, &page::end>, ets::evict_soonest<&page::end>>;
template <class T>
using refusing_timed = refusing<ets::expiring<T, &page::end>>;
using lru_timed = lru<ets::expiring<plain_set, &page::end>>;

static_assert(ets::detail::unique_engine<lru<plain_set>::engine>);
static_assert(ets::bounded<soonest<bag>> && ets::expires<soonest<bag>>);
static_assert(!ets::unique<lru<bag>> && ets::ordered<lru<ordered_set>>);

constexpr int full = static_cast<int>(ets::errc::full);

void set_ms(std::int64_t ms) {
  manual_clock::ms = ms;
}

page text_page(const std::string& url, std::size_t length) {
  return {url, std::string(length, 'x')};
}

} // namespace

TEMPLATE_TEST_CASE("a full table refuses more rows", "", refusing<plain_set>,
                   refusing<ordered_set>) {
  ets::owner<TestType> table;
  ets::set_limits(table, {.rows = 3});
  table.insert({"a"});
  CHECK(table.insert_new({"b"}));
  CHECK(code_of([&] { table.insert_many({{"c"}, {"d"}}); }) == full);
  CHECK(table.size() == 2);
  table.insert_many({{"c"}, {"a", "again"}});
  CHECK(table.size() == 3);
  CHECK(code_of([&] { table.insert({"d"}); }) == full);
  CHECK(code_of([&] { table.insert_new({"d"}); }) == full);
  CHECK_FALSE(table.insert_new({"a"}));
  const auto make = [] { return page{"d"}; };
  const auto same = [](const page& x) { return x; };
  CHECK(code_of([&] { table.upsert("d", make, same); }) == full);
  CHECK_FALSE(table.member("d"));
  SECTION("but what replaces a row") {
    table.insert({"a", "new"});
    table.insert_many({{"b", "new"}, {"c", "new"}});
    CHECK(table.upsert("c", make, same));
    CHECK(table.lookup("a")->text == "new");
    CHECK(table.lookup("b")->text == "new");
  }
  SECTION("until one has gone") {
    CHECK(table.erase("a") == 1);
    table.insert({"d"});
    CHECK(code_of([&] { table.insert({"e"}); }) == full);
    table.clear();
    table.insert_many({{"x"}, {"y"}, {"z"}});
  }
  const auto usage = ets::usage_of(table);
  CHECK(usage.rows == 3);
  CHECK(usage.most.rows == 3);
  CHECK(usage.evicted == 0);
  CHECK(usage.refused >= 4);
}

TEMPLATE_TEST_CASE("a full table refuses more bytes", "", refusing<plain_set>,
                   refusing<ordered_set>) {
  ets::owner<TestType> table;
  table.insert(text_page("a", 1000));
  const auto one = ets::usage_of(table).bytes;
  CHECK(one >= 1001);
  ets::set_limits(table, {.bytes = 3 * one});
  table.insert(text_page("b", 1000));
  table.insert(text_page("c", 1000));
  CHECK(ets::usage_of(table).bytes == 3 * one);
  CHECK(code_of([&] { table.insert(text_page("d", 0)); }) == full);
  CHECK(code_of([&] { table.insert(text_page("a", 1100)); }) == full);
  CHECK(code_of([&] {
          table.update("a",
                       [](const page& x) { return text_page(x.url, 2000); });
        })
        == full);
  CHECK(table.lookup("a")->text.size() == 1000);
  table.insert(text_page("a", 500));
  table.insert(text_page("b", 1400));
  CHECK(ets::usage_of(table).bytes <= 3 * one);
  table.clear();
  CHECK(ets::usage_of(table).bytes == 0);
}

TEMPLATE_TEST_CASE("the least recently used rows go", "", lru<plain_set>,
                   lru<ordered_set>, lru<bag>) {
  set_ms(1'000'000);
  ets::owner<TestType> table;
  ets::set_limits(table, {.rows = 1000});
  for (int i = 0; i < 1000; ++i)
    table.insert({std::to_string(i)});
  set_ms(1'010'000);
  for (int i = 0; i < 1000; i += 10) // by every kind of look-up
    if (i % 20 == 0)
      CHECK(table.member(std::to_string(i)));
    else
      table.lookup(std::to_string(i));
  set_ms(1'020'000);
  for (int i = 1000; i < 1500; ++i) {
    table.insert({std::to_string(i)});
    REQUIRE(table.size() == 1000);
    REQUIRE(table.member(std::to_string(i)));
  }
  int kept = 0;
  for (int i = 0; i < 1000; i += 10)
    kept += table.member(std::to_string(i)) ? 1 : 0;
  // Evicted at random, one in three would be left.
  CHECK(kept >= 90);
  CHECK(ets::usage_of(table).evicted == 500);
}

TEST_CASE("a look-up writes the last use once a second") {
  set_ms(5000);
  ets::owner<lru<plain_set>> table;
  table.insert({"a"});
  const auto used = [&table] {
    std::uint32_t result = 0;
    table.for_each([&](const page& x) { result = x.used.seconds(); });
    return result;
  };
  CHECK(used() == 5);
  set_ms(7999);
  CHECK(used() == 5); // a walk is no use
  CHECK(table.member("a"));
  CHECK(used() == 7);
  set_ms(8000);
  const std::string_view key = "a";
  table.visit_many({&key, 1}, [](auto, const page&) {});
  CHECK(used() == 8);
  CHECK(table.erase_object({"a"}) == 1); // equal whenever it was used
}

TEMPLATE_TEST_CASE("the row goes that expires first", "", soonest<plain_set>,
                   soonest<ordered_set>, soonest<bag>) {
  set_ms(0);
  ets::owner<TestType> table;
  ets::set_limits(table, {.rows = 4}); // so that all of them are looked at
  table.insert({"0"});
  table.insert({"1"});
  table.insert({"2", "", at_ms(94)});
  table.insert({"3", "", at_ms(93)});
  table.insert({"new", "", at_ms(1)}); // does not evict itself
  CHECK(table.member("new"));
  CHECK_FALSE(table.member("3"));
  table.insert({"newer", "", at_ms(200)});
  CHECK_FALSE(table.member("new"));
  table.insert({"for ever"});
  table.insert({"for ever, too"});
  CHECK(table.size() == 4);
  CHECK(ets::usage_of(table).evicted == 4);
  CHECK(code_of([&] { table.insert({"one more"}); }) == full);
  CHECK(table.size() == 4);
}

TEMPLATE_TEST_CASE("what has expired goes first", "", refusing_timed<plain_set>,
                   refusing_timed<ordered_set>, soonest<plain_set>, lru_timed) {
  set_ms(0);
  ets::owner<TestType> table;
  ets::set_limits(table, {.rows = 100});
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), "", i < 50 ? at_ms(10) : at_ms(1000)});
  set_ms(10);
  for (int i = 0; i < 40; ++i)
    table.insert({"new " + std::to_string(i), "", at_ms(2000)});
  CHECK(table.size() == 100);
  int left = 0;
  for (int i = 50; i < 100; ++i)
    left += table.member(std::to_string(i)) ? 1 : 0;
  if constexpr (!TestType::engine::eviction::evicts)
    CHECK(left == 50);
  CHECK(left + static_cast<int>(ets::usage_of(table).evicted) >= 50);
}

TEMPLATE_TEST_CASE("lower limits evict at once", "", lru<plain_set>, lru<bag>) {
  ets::owner<TestType> table;
  for (int i = 0; i < 100; ++i)
    table.insert(text_page(std::to_string(i % 60), 100 + i));
  ets::set_limits(table, {.rows = 40});
  CHECK(table.size() == 40);
  const auto bytes = ets::usage_of(table).bytes / 2;
  ets::set_limits(table, {.bytes = bytes});
  CHECK(ets::usage_of(table).bytes <= bytes);
  CHECK(table.size() >= 10);
  ets::set_limits(table, {});
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i)});
  CHECK(table.size() >= 100);
}

TEST_CASE("an update that grows evicts others") {
  ets::owner<lru<plain_set>> table;
  for (int i = 0; i < 10; ++i)
    table.insert(text_page(std::to_string(i), 1000));
  const auto bytes = ets::usage_of(table).bytes;
  ets::set_limits(table, {.bytes = bytes});
  CHECK(
    table.update("3", [](const page& x) { return text_page(x.url, 3000); }));
  CHECK(table.lookup("3")->text.size() == 3000);
  CHECK(table.size() == 8);
  CHECK(ets::usage_of(table).bytes <= bytes);
}

TEMPLATE_TEST_CASE("many writers never exceed the limits", "",
                   refusing<plain_set>, lru<plain_set>, lru<ordered_set>,
                   lru<bag>) {
  constexpr std::size_t most = 100;
  ets::owner<TestType> table;
  ets::set_limits(table, {.rows = most});
  std::atomic<std::size_t> seen{0};
  std::atomic<std::uint64_t> refused{0};
  run_threads(4, [&](int id) {
    for (int i = 0; i < 2000; ++i) {
      const auto key = std::to_string((id * 7 + i * 13) % 300);
      try {
        if (i % 5 == 4)
          table.erase(key);
        else if (i % 5 == 3)
          table.insert_many({{key}, {key + "'"}});
        else
          table.insert({key});
      } catch (const ets::error& e) {
        refused += e.code() == ets::errc::full ? 1 : 1000;
      }
      const auto now = table.size();
      for (auto old = seen.load(); now > old;)
        if (seen.compare_exchange_weak(old, now))
          break;
    }
  });
  // A batch that replaces what another thread erases adds two rows each.
  CHECK(seen <= most + 8);
  CHECK(seen >= most);
  CHECK(ets::usage_of(table).refused == refused);
  std::size_t rows = 0;
  table.for_each([&rows](const page&) { ++rows; });
  CHECK(rows == table.size());
}
