// What a table does with its rows, its readers and its names when it closes.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <functional>
#include <latch>
#include <thread>

using namespace kv;
using namespace kv::test;

TEST_CASE("closing destroys all rows, with or without handles") {
  REQUIRE(witness::alive == 0);
  ets::reader<tracked_set> r;
  {
    ets::owner<tracked_set> table;
    for (std::uint64_t i = 0; i < 1000; ++i)
      table.insert({i, 1});
    table.erase(1);
    r = table.reader();
    CHECK(witness::alive >= 999);
  }
  CHECK(witness::alive == 0);
  CHECK_FALSE(r);
}

TEST_CASE("closing inside a visit destroys the rows at its end") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  ets::owner<tracked_set> other;
  table.insert({1, 1});
  other.insert({1, 1});
  const auto r = table.reader();
  other.visit(1, [&](const tracked&) {
    r.visit(1, [&](const tracked& x) {
      table.close();
      CHECK_FALSE(r);
      CHECK(code_of([&] { r.member(1); }) == no_such_table);
      CHECK(x.value.intact());
    });
    CHECK(witness::alive == 2);
  });
  CHECK(witness::alive == 1);
}

TEST_CASE("a walk goes on after it closed the table") {
  REQUIRE(witness::alive == 0);
  auto table = std::make_optional<ets::owner<tracked_set>>();
  for (std::uint64_t i = 0; i < 100; ++i)
    table->insert({i, 1});
  int seen = 0;
  table->for_each([&](const tracked& x) {
    ++seen;
    table.reset(); // the last handle as well
    CHECK(x.value.intact());
  });
  CHECK(seen == 100);
  CHECK(witness::alive == 0);
}

TEST_CASE("closing waits for the visits of other threads") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  const auto r = table.reader();
  std::latch inside{1};
  std::atomic<bool> left{false};
  bool intact = false;
  std::thread visitor{[&] {
    r.visit(1, [&](const tracked& x) {
      inside.count_down();
      while (r.is_open()) {
        // until the other thread has begun to close
      }
      for (int i = 0; i < 1000; ++i)
        std::this_thread::yield();
      intact = x.value.intact();
      left = true;
    });
  }};
  inside.wait();
  table.close();
  CHECK(left);
  CHECK(witness::alive == 0);
  visitor.join();
  CHECK(intact);
}

TEST_CASE("two visitors may close each other's tables") {
  for (int round = 0; round < 100; ++round) {
    ets::owner<tracked_set> x;
    ets::owner<tracked_set> y;
    x.insert({1, 1});
    y.insert({1, 1});
    std::latch inside{2};
    const auto visit = [&inside](const ets::reader<tracked_set>& mine,
                                 ets::owner<tracked_set>& other) {
      mine.visit(1, [&](const tracked&) {
        inside.arrive_and_wait();
        other.close();
      });
    };
    std::thread a{visit, x.reader(), std::ref(y)};
    std::thread b{visit, y.reader(), std::ref(x)};
    a.join();
    b.join();
    CHECK(witness::alive == 0);
  }
}

TEST_CASE("a table that is closed in use says so to everyone") {
  for (int round = 0; round < 100; ++round) {
    ets::owner<tracked_set> table{{.name = "closing"}};
    for (std::uint64_t key = 0; key < 20; ++key)
      table.insert({key, key});
    std::atomic<int> wrong{0};
    std::atomic<int> working{0};
    run_threads(4, [&](int i) {
      if (i == 3) {
        while (working != 3)
          std::this_thread::yield();
        table.close();
        return;
      }
      const auto w = table.writer();
      const auto use = [&](std::uint64_t step) {
        if (i == 0)
          w.visit(step % 20,
                  [&](const tracked& x) { wrong += x.value.intact() ? 0 : 1; });
        else if (i == 1)
          w.for_each(
            [&](const tracked& x) { wrong += x.value.intact() ? 0 : 1; });
        else
          w.insert({step % 20, step});
      };
      const auto code = code_of([&] {
        ++working;
        for (std::uint64_t step = 0;; ++step)
          use(step);
      });
      wrong += code == no_such_table && !w.is_open() ? 0 : 1;
    });
    REQUIRE(wrong == 0);
    REQUIRE(witness::alive == 0);
  }
}
