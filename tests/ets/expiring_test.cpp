// Rows with a time to live, in tables of all kinds.
#include "actors/ets/expiring.hpp"

#include "actors/ets/table.hpp"

#include "tests/ets/manual_clock.hpp"
#include "tests/ets/rows.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

struct session {
  std::string token;
  int user = 0;
  manual_deadline end{};

  bool operator==(const session&) const = default;
};

template <class T>
using timed = ets::expiring<T, &session::end>;

using set = timed<ets::set<session, &session::token>>;
using ordered = timed<ets::ordered_set<session, &session::token>>;
using bag = timed<ets::bag<session, &session::token>>;
using heap = timed<ets::duplicate_bag<session, &session::token>>;

static_assert(ets::detail::unique_engine<set::engine>);
static_assert(ets::detail::unique_engine<ordered::engine>);
static_assert(ets::detail::engine<bag::engine>);
static_assert(ets::expires<bag> && !ets::unique<bag>);
static_assert(ets::ordered<ordered> && !ets::ordered<set>);
static_assert(!ets::expires<entries>);
static_assert(sizeof(set::engine) == sizeof(entries::engine) + 8);

struct clock_at_0 {
  clock_at_0() {
    manual_clock::ms = 0;
  }
};

void add_ms(std::int64_t n) {
  manual_clock::ms += n;
}

template <class T>
std::multiset<std::string> tokens(const ets::owner<T>& table) {
  std::multiset<std::string> result;
  table.for_each([&result](const session& x) { result.insert(x.token); });
  return result;
}

/// What a sweep without bounds erases.
template <class T>
std::multiset<std::string> swept(const ets::owner<T>& table) {
  std::multiset<std::string> result;
  ets::sweeper<T> sweeper{table};
  sweeper.step(1'000'000, [&](const session& x) { result.insert(x.token); });
  return result;
}

using names = std::multiset<std::string>;

} // namespace

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

TEMPLATE_TEST_CASE("a row is there until its deadline", "", set, ordered, bag,
                   heap) {
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
  ets::owner<set> table;
  const int before = manual_clock::readings;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i});
  for (int i = 0; i < 100; ++i)
    CHECK(table.member(std::to_string(i)));
  CHECK(table.fold(0, [](int n, const session&) { return n + 1; }) == 100);
  CHECK(manual_clock::readings == before);
  CHECK(ets::next_deadline(table).is_never());
}

TEMPLATE_TEST_CASE("an expired row is no obstacle", "", set, ordered, bag,
                   heap) {
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

TEMPLATE_TEST_CASE("an overwrite resets the deadline", "", set, ordered) {
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

TEMPLATE_TEST_CASE("a deadline is set, changed and cleared", "", set, ordered) {
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

TEMPLATE_TEST_CASE("upsert makes a row in place of an expired one", "", set,
                   ordered) {
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

TEMPLATE_TEST_CASE("a bag loses the expired rows of a key only", "", bag,
                   heap) {
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
  ets::owner<ordered> table;
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

TEMPLATE_TEST_CASE("a sweep is made in steps, and only when due", "", set,
                   ordered, heap) {
  clock_at_0 start;
  ets::owner<TestType> table;
  for (int i = 0; i < 1000; ++i)
    table.insert({std::to_string(i), i,
                  i % 2 == 0   ? at_ms(10)
                  : i % 3 == 0 ? at_ms(30)
                               : manual_deadline{}});
  ets::sweeper<TestType> sweeper{table};
  CHECK(sweeper.next() == at_ms(10));
  CHECK(sweeper.step(1000) == 0);
  add_ms(10);
  std::set<int> erased;
  int steps = 0;
  for (; sweeper.next().passed(manual_deadline::now()); ++steps) {
    std::size_t heard = 0;
    const auto n = sweeper.step(50, [&](const session& x) {
      CHECK(x.end == at_ms(10));
      CHECK(erased.insert(x.user).second);
      ++heard;
    });
    CHECK(n == heard);
    CHECK(n <= 100);
    if (steps == 3)
      table.insert({"new", 1, at_ms(20)}); // beside the sweep
  }
  CHECK(erased.size() == 500);
  CHECK(steps >= 10);
  CHECK(table.size() == 501);
  CHECK(ets::next_deadline(table) == at_ms(20));
  add_ms(10);
  CHECK(swept(table) == names{"new"});
  CHECK(ets::next_deadline(table) == at_ms(30));
  add_ms(10);
  CHECK(swept(table).size() == 167);
  CHECK(ets::next_deadline(table).is_never());
  CHECK(table.size() == 333);
}

TEST_CASE("a sweep that is given up is made by another one") {
  clock_at_0 start;
  ets::owner<set> table;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i, at_ms(10)});
  add_ms(10);
  SECTION("by its end") {
    ets::sweeper<set> sweeper{table};
    CHECK(sweeper.step(1) < 100);
    ets::sweeper<set> moved{std::move(sweeper)};
    CHECK(moved.next() == at_ms(10));
  }
  SECTION("by an exception") {
    ets::sweeper<set> sweeper{table};
    CHECK_THROWS_AS(sweeper.step(10, [](const session&) { throw 7; }), int);
    CHECK(sweeper.next() == at_ms(10));
  }
  CHECK(ets::next_deadline(table) == at_ms(10));
  CHECK_FALSE(swept(table).empty());
  CHECK(table.size() == 0);
}

TEST_CASE("a sweeper of a closed table says so") {
  clock_at_0 start;
  ets::owner<set> table;
  table.insert({"a", 1, at_ms(10)});
  table.insert({"b", 1, at_ms(10)});
  add_ms(10);
  ets::sweeper<set> sweeper{table};
  CHECK(sweeper.step(1) != 0);
  table.close();
  CHECK(code_of([&] { sweeper.step(1); }) == no_such_table);
}

// A row whose deadline nobody knows would stay for ever.
TEST_CASE("sweeps beside writers miss no deadline") {
  clock_at_0 start;
  constexpr int rounds = 3000;
  ets::owner<set> table;
  std::atomic<int> erased{0};
  std::atomic<int> writers{2};
  run_threads(4, [&](int id) {
    if (id >= 2) {
      ets::sweeper<set> sweeper{table};
      while (writers.load() != 0)
        erased += static_cast<int>(sweeper.step(16));
      return;
    }
    for (int i = 0; i < rounds; ++i) {
      const auto key = std::to_string(id) + "." + std::to_string(i % 50);
      if (i % 3 == 0)
        table.insert({key, i, at_ms(manual_clock::ms + 2)});
      else if (i % 3 == 1)
        ets::set_deadline(table, key, at_ms(manual_clock::ms + 1));
      else
        table.insert_new({key, i, at_ms(manual_clock::ms + 3)});
      if (i % 10 == 0)
        add_ms(1);
    }
    --writers;
  });
  add_ms(10);
  CHECK(tokens(table).empty());
  if (table.size() != 0)
    CHECK(ets::next_deadline(table).passed(manual_deadline::now()));
  erased += static_cast<int>(swept(table).size());
  CHECK(table.size() == 0);
  CHECK(erased > 0);
  CHECK(ets::next_deadline(table).is_never());
}
