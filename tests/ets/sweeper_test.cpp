// Who erases what has expired.
#include "actors/ets/expiring.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/sessions.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <set>
#include <string>
#include <utility>

using namespace kv;
using namespace kv::test;

TEMPLATE_TEST_CASE("a sweep is made in steps, and only when due", "", timed_set,
                   timed_tree, timed_heap) {
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
  ets::owner<timed_set> table;
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i, at_ms(10)});
  add_ms(10);
  SECTION("by its end") {
    ets::sweeper<timed_set> sweeper{table};
    CHECK(sweeper.step(1) < 100);
    ets::sweeper<timed_set> moved{std::move(sweeper)};
    CHECK(moved.next() == at_ms(10));
  }
  SECTION("by an exception") {
    ets::sweeper<timed_set> sweeper{table};
    CHECK_THROWS_AS(sweeper.step(10, [](const session&) { throw 7; }), int);
    CHECK(sweeper.next() == at_ms(10));
  }
  CHECK(ets::next_deadline(table) == at_ms(10));
  CHECK_FALSE(swept(table).empty());
  CHECK(table.size() == 0);
}

TEST_CASE("a sweeper of a closed table says so") {
  clock_at_0 start;
  ets::owner<timed_set> table;
  table.insert({"a", 1, at_ms(10)});
  table.insert({"b", 1, at_ms(10)});
  add_ms(10);
  ets::sweeper<timed_set> sweeper{table};
  CHECK(sweeper.step(1) != 0);
  table.close();
  CHECK(code_of([&] { sweeper.step(1); }) == no_such_table);
}

// A row whose deadline nobody knows would stay for ever.
TEST_CASE("sweeps beside writers miss no deadline") {
  clock_at_0 start;
  constexpr int rounds = 3000;
  ets::owner<timed_set> table;
  std::atomic<int> erased{0};
  std::atomic<int> writers{2};
  run_threads(4, [&](int id) {
    if (id >= 2) {
      ets::sweeper<timed_set> sweeper{table};
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
