// A row is replaced without the lock of its bucket: whatever happens to the
// table meanwhile, the last row of a key is the one that is there.
#include "actors/ets/table.hpp"

#include "tests/ets/crowded.hpp"
#include "tests/ets/random_yields.hpp"
#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using crowded_set = ets::set<crowded_row, &crowded_row::key>;

/// Keys of two threads, each the only one to write them, and a third one's.
constexpr std::uint64_t own_keys = 3;
constexpr std::uint64_t shared_key = 100;
constexpr std::uint64_t others = 1000;
constexpr std::uint64_t rounds = 20'000;

/// Two threads replace rows while a third one calls `disturb(i)`; returns how
/// often a key did not have the row that its thread had just put. `cleared`:
/// it may have none.
template <class T, class F>
int lost_rows(const ets::owner<T>& table, bool cleared, F disturb) {
  using row = typename T::row;
  const random_yields yields;
  table.insert({shared_key, 0});
  std::atomic<int> lost{0};
  std::atomic<int> busy{2};
  run_threads(3, [&](int id) {
    for (std::uint64_t i = 0; id == 2 && busy != 0; ++i)
      disturb(i);
    const auto first = static_cast<std::uint64_t>(id) * own_keys;
    for (std::uint64_t i = 1; id != 2 && i <= rounds; ++i) {
      const auto key = first + i % own_keys;
      table.insert({key, i});
      bool found = cleared;
      bool right = true;
      table.visit(key, [&](const row& x) {
        found = true;
        right = x.value.intact() && x.value.payload() == i;
      });
      lost += found && right ? 0 : 1;
      table.update(shared_key, [](const row& x) {
        return row{shared_key, x.value.payload() + 1};
      });
    }
    --busy;
  });
  table.visit(shared_key, [&](const row& x) {
    lost += cleared || x.value.payload() == 2 * rounds ? 0 : 1;
  });
  return lost;
}

template <class T>
void come_and_go(const ets::owner<T>& table, std::uint64_t n) {
  for (std::uint64_t i = 0; i < n; ++i)
    table.insert({others + i, i});
  for (std::uint64_t i = 0; i < n; ++i)
    table.erase(others + i);
}

} // namespace

TEST_CASE("a replaced row is there while its table changes its size") {
  const auto rows = GENERATE(30, 1000);
  const ets::owner<tracked_set> table;
  CHECK(lost_rows(table, false,
                  [&](std::uint64_t) {
                    come_and_go(table, static_cast<std::uint64_t>(rows));
                  })
        == 0);
  CHECK(table.size() == 2 * own_keys + 1);
}

TEST_CASE("a replaced row is there while its table becomes small") {
  const ets::owner<tracked_set> table;
  CHECK(lost_rows(table, true,
                  [&](std::uint64_t i) {
                    come_and_go(table, 30);
                    for (std::uint64_t key = 0; key < 2 * own_keys; ++key)
                      if ((key + i) % 4 != 0)
                        table.erase(key);
                  })
        == 0);
}

TEST_CASE("a replaced row is there while its bucket overflows") {
  const ets::owner<crowded_set> table;
  const auto first = GENERATE(0, 20); // of 14 slots
  for (int i = 0; i < first; ++i)
    table.insert({500 + static_cast<std::uint64_t>(i), 0});
  CHECK(lost_rows(table, false, [&](std::uint64_t) { come_and_go(table, 30); })
        == 0);
  CHECK(table.size() == 2 * own_keys + 1 + static_cast<std::size_t>(first));
}

TEST_CASE("a replaced row is there while many others are put beside it") {
  const ets::owner<crowded_set> table;
  CHECK(lost_rows(table, false,
                  [&](std::uint64_t i) {
                    std::vector<crowded_row> rows;
                    for (std::uint64_t k = 0; k < 10; ++k)
                      rows.emplace_back(others + k, i);
                    table.insert_many(std::move(rows));
                    if (i % 4 == 0)
                      come_and_go(table, 10);
                  })
        == 0);
}

TEST_CASE("a replaced row is there or has been cleared") {
  const ets::owner<tracked_set> table;
  CHECK(lost_rows(table, true,
                  [&](std::uint64_t i) {
                    come_and_go(table, 40);
                    if (i % 2 == 0)
                      table.clear();
                    else
                      table.assign({});
                  })
        == 0);
}

TEST_CASE("rows that are put at once replace what others have just replaced") {
  const random_yields yields;
  const ets::owner<tracked_set> table;
  constexpr std::uint64_t keys = 6;
  for (std::uint64_t i = 0; i < 40; ++i)
    table.insert({others + i, i});
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  run_threads(3, [&](int id) {
    for (std::uint64_t i = 0; id == 0 && i < rounds; ++i) {
      std::vector<tracked> rows;
      for (std::uint64_t key = 0; key < keys; ++key)
        rows.emplace_back(key, i);
      table.insert_many(std::move(rows));
      // Whoever has replaced a row since has added a million.
      for (std::uint64_t key = 0; key < keys; ++key)
        table.visit(key, [&](const tracked& x) {
          wrong += x.value.intact() && x.value.payload() % 1'000'000 == i ? 0
                                                                          : 1;
        });
    }
    while (id != 0 && !done)
      for (std::uint64_t key = 0; key < keys; ++key)
        table.update(key, [](const tracked& x) {
          return tracked{x.key, x.value.payload() + 1'000'000};
        });
    done = true;
  });
  CHECK(wrong == 0);
}
