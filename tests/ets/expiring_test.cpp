// Rows with a time to live, in tables of all kinds.
#include "actors/ets/expiring.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/sessions.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

static_assert(ets::detail::unique_engine<timed_set::engine>);
static_assert(ets::detail::unique_engine<timed_tree::engine>);
static_assert(ets::detail::engine<timed_bag::engine>);
static_assert(ets::expires<timed_bag> && !ets::unique<timed_bag>);
static_assert(ets::ordered<timed_tree> && !ets::ordered<timed_set>);
static_assert(!ets::expires<entries>);
static_assert(sizeof(timed_set::engine) == sizeof(entries::engine) + 8);

TEST_CASE("a deadline is never by default") {
  const ets::deadline never;
  CHECK(never.is_never());
  CHECK_FALSE(never.passed(ets::deadline::now() + 1000h));
  CHECK(ets::deadline::in(1h) < never);
  CHECK(ets::deadline::in(ets::deadline::duration::max()).is_never());
  CHECK(ets::deadline::in(-1ms).passed(ets::deadline::now()));
  CHECK(at_ms(5).passed(5ms));
  CHECK_FALSE(at_ms(5).passed(4ms));
}

TEST_CASE("the coarse clock shows the time of the steady one") {
  const auto before = ets::deadline::now();
  const auto coarse = ets::basic_deadline<ets::coarse_clock>::now();
  const auto after = ets::deadline::now();
  CHECK(coarse <= after);
  CHECK(coarse >= before - 1s);
}

TEMPLATE_TEST_CASE("a row is there until its deadline", "", timed_set,
                   timed_tree, timed_bag, timed_heap) {
  clock_at_0 start;
  ets::owner<TestType> table;
  table.insert({"a", 1, at_ms(10)});
  table.insert({"b", 2});
  add_ms(9);
  CHECK(table.member("a"));
  CHECK(tokens(table) == names{"a", "b"});
  add_ms(1);
  CHECK_FALSE(table.member("a"));
  CHECK(table.lookup("a") == typename TestType::lookup_result{});
  CHECK(table.lookup("b") != typename TestType::lookup_result{});
  const std::array<std::string_view, 3> keys{"a", "b", "x"};
  CHECK(table.visit_many(keys, [](auto, const session&) {}) == 1);
  CHECK(tokens(table) == names{"b"});
  CHECK(table.to_vector().size() == 1);
  ets::cursor at{table};
  CHECK_FALSE(at.walk(10, [](const session& x) { CHECK(x.token == "b"); }));
  CHECK(table.erase("a") == 0);
  CHECK(table.take("a") == typename TestType::lookup_result{});
  CHECK(table.erase_if("a", [](const session&) { return true; }) == 0);
  CHECK(table.erase_object({"a", 1, at_ms(10)}) == 0);
  CHECK(table.erase("b") == 1);
}

TEST_CASE("rows without a deadline cost no clock") {
  ets::owner<timed_set> table;
  const int before = manual_clock::readings;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i});
  for (int i = 0; i < 100; ++i)
    CHECK(table.member(std::to_string(i)));
  CHECK(table.fold(0, [](int n, const session&) { return n + 1; }) == 100);
  CHECK(manual_clock::readings == before);
  CHECK(ets::next_deadline(table).is_never());
}

TEMPLATE_TEST_CASE("an expired row is no obstacle", "", timed_set, timed_tree,
                   timed_bag, timed_heap) {
  clock_at_0 start;
  ets::owner<TestType> table;
  table.insert({"a", 1, at_ms(10)});
  CHECK_FALSE(table.insert_new({"a", 2}));
  CHECK_FALSE(table.insert_new_many({{"b", 2}, {"a", 2}}));
  add_ms(10);
  SECTION("for a new one") {
    CHECK(table.insert_new({"a", 2}));
    CHECK_FALSE(table.insert_new({"a", 3}));
  }
  SECTION("for many new ones") {
    CHECK(table.insert_new_many({{"b", 2}, {"a", 2}}));
    CHECK(table.erase("b") == 1);
  }
  SECTION("for one that replaces it") {
    table.insert({"a", 2});
  }
  SECTION("for many that replace it") {
    table.insert_many({{"a", 2}});
  }
  CHECK(table.size() == 1);
  const auto rows = table.to_vector();
  CHECK(rows == std::vector<session>{{"a", 2, {}}});
}

TEMPLATE_TEST_CASE("an overwrite resets the deadline", "", timed_set,
                   timed_tree) {
  clock_at_0 start;
  ets::owner<TestType> table;
  table.insert({"a", 1, at_ms(10)});
  SECTION("to none") {
    table.insert({"a", 2});
    add_ms(1000);
    CHECK(table.member("a"));
    CHECK(swept(table).empty());
  }
  SECTION("to a later one") {
    table.insert({"a", 2, at_ms(20)});
    add_ms(10);
    CHECK(table.member("a"));
    CHECK(swept(table).empty());
    add_ms(10);
    CHECK_FALSE(table.member("a"));
    CHECK(swept(table) == names{"a"});
  }
  SECTION("not so a change of the row") {
    CHECK(ets::update_element(table, "a", &session::user, 7));
    CHECK(ets::update_counter(table, "a", &session::user) == 8);
    CHECK(ets::find_deadline(table, "a") == at_ms(10));
    add_ms(10);
    CHECK_FALSE(ets::update_element(table, "a", &session::user, 9));
    CHECK_FALSE(ets::update_counter(table, "a", &session::user));
    CHECK_FALSE(table.compare_exchange({"a", 8, at_ms(10)}, {"a", 9, {}}));
  }
}

TEMPLATE_TEST_CASE("a deadline is set, changed and cleared", "", timed_set,
                   timed_tree) {
  clock_at_0 start;
  ets::owner<TestType> table;
  CHECK_FALSE(ets::set_deadline(table, "a", at_ms(10)));
  CHECK_FALSE(ets::find_deadline(table, "a"));
  table.insert({"a", 1});
  CHECK(ets::find_deadline(table, "a") == manual_deadline{});
  CHECK(ets::set_deadline(table, "a", at_ms(10)));
  CHECK(ets::find_deadline(table, "a") == at_ms(10));
  CHECK(ets::next_deadline(table) == at_ms(10));
  const auto later = [](const manual_deadline& now) {
    return now < at_ms(20) ? std::optional{at_ms(20)} : std::nullopt;
  };
  CHECK(ets::update_deadline(table, "a", later));
  CHECK(ets::update_deadline(table, "a", later));
  CHECK(ets::find_deadline(table, "a") == at_ms(20));
  CHECK(table.lookup("a")->user == 1);
  CHECK(ets::set_deadline(table, "a", {}));
  add_ms(100);
  CHECK(table.member("a"));
  CHECK(ets::set_deadline(table, "a", at_ms(99))); // in the past: gone
  CHECK_FALSE(table.member("a"));
  CHECK_FALSE(ets::set_deadline(table, "a", {}));
  CHECK(swept(table) == names{"a"});
}

TEMPLATE_TEST_CASE("upsert makes a row in place of an expired one", "",
                   timed_set, timed_tree) {
  clock_at_0 start;
  ets::owner<TestType> table;
  const auto make = [] { return session{"a", 1, at_ms(10)}; };
  const auto change = [](const session& x) {
    return session{x.token, x.user + 1, x.end};
  };
  CHECK_FALSE(table.upsert("a", make, change));
  CHECK(table.upsert("a", make, change));
  CHECK(table.lookup("a")->user == 2);
  add_ms(10);
  const auto make_again = [] { return session{"a", 5, at_ms(15)}; };
  CHECK_FALSE(table.upsert("a", make_again, change));
  CHECK(table.lookup("a")->user == 5);
  CHECK(ets::next_deadline(table) <= at_ms(15));
  add_ms(5);
  CHECK(swept(table) == names{"a"});
}

TEMPLATE_TEST_CASE("a bag loses the expired rows of a key only", "", timed_bag,
                   timed_heap) {
  clock_at_0 start;
  ets::owner<TestType> table;
  table.insert({"a", 1, at_ms(10)});
  table.insert({"a", 2});
  table.insert({"a", 3, at_ms(20)});
  add_ms(10);
  CHECK(table.lookup("a").size() == 2);
  CHECK(swept(table) == names{"a"});
  CHECK(table.size() == 2);
  table.insert({"a", 1, at_ms(15)});
  add_ms(5);
  CHECK(table.take("a").size() == 2);
  table.insert({"a", 1, at_ms(16)});
  table.insert({"a", 2});
  add_ms(1);
  CHECK(table.erase("a") == 1);
  CHECK(table.size() == 0);
}

TEST_CASE("an ordered table passes over what has expired") {
  clock_at_0 start;
  ets::owner<timed_tree> table;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(100 + i), i,
                  i % 10 == 5 ? manual_deadline{} : at_ms(10)});
  add_ms(10);
  CHECK(table.first()->user == 5);
  CHECK(table.last()->user == 95);
  CHECK(table.next("105")->user == 15);
  CHECK(table.next("107")->user == 15);
  CHECK(table.prev("105") == std::nullopt);
  CHECK(table.prev("194")->user == 85);
  std::vector<int> seen;
  const auto show = [&seen](const session& x) { seen.push_back(x.user); };
  CHECK(table.ascend({.from = "115", .before = "136"}, show));
  CHECK(table.descend({.to = "135"}, show));
  CHECK(seen == std::vector<int>{15, 25, 35, 35, 25, 15, 5});
  CHECK(table.fold_reverse(0, [](int, const session& x) { return x.user; })
        == 5);
}
