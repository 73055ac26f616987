// What happens between two steps of a walk, and of what it may meet: keys go
// from slot to slot, rows are replaced, while it reads a bucket.
#include "actors/ets/schedule.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/crowded.hpp"
#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <functional>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using crowded_set = ets::set<crowded_row, &crowded_row::key>;
using crowded_bag = ets::duplicate_bag<crowded_row, &crowded_row::key>;

/// Has a function run at one step of this thread's work while it lives.
class interruption {
public:
  interruption(int step, std::function<void()> what) {
    steps_left = step;
    run = std::move(what);
    ets::detail::at_schedule_point = [] {
      if (steps_left-- == 0)
        run();
    };
  }

  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  ~interruption() {
    ets::detail::at_schedule_point = nullptr;
  }

  /// Whether it has come to that.
  static bool happened() {
    return steps_left < 0;
  }

private:
  static inline int steps_left = 0;
  static inline std::function<void()> run;
};

/// A small table; a bucket that is nearly full; chains of one and more chunks.
std::uint64_t some_rows() {
  return GENERATE(as<std::uint64_t>{}, 6, 12, 13, 14, 15, 18, 24, 25, 40);
}

template <class T>
void fill(const ets::owner<T>& table, std::uint64_t rows) {
  for (std::uint64_t i = 0; i < rows; ++i)
    table.insert({i, 0});
}

template <class T>
std::vector<int> walk(const ets::owner<T>& table, std::uint64_t rows) {
  std::vector<int> seen(rows);
  table.for_each([&](const crowded_row& x) { ++seen[x.key.value]; });
  return seen;
}

template <class T>
void insert_again(const ets::owner<T>& table, std::uint64_t rows) {
  std::vector<typename T::row> all;
  for (std::uint64_t i = 0; i < rows; ++i)
    all.emplace_back(i, 1);
  table.insert_many(std::move(all));
}

/// Walks as often as a walk has steps, and has `change(table)` run at each one;
/// `is_right` gets a key and how often it was seen.
template <class T, class F, class Check>
void interrupt_walks(std::uint64_t rows, F change, Check is_right) {
  for (int step = 0; step == 0 || interruption::happened(); ++step) {
    ets::owner<T> table;
    fill(table, rows);
    const interruption meanwhile{step, [&] { change(table); }};
    const auto seen = walk(table, rows);
    for (std::uint64_t i = 0; i < rows; ++i)
      if (!is_right(i, seen[i]))
        FAIL("step " << step << ": key " << i << " was seen " << seen[i]
                     << " times");
  }
}

} // namespace

TEMPLATE_TEST_CASE("a walk shows no key twice that changes its slot meanwhile",
                   "", crowded_set, crowded_bag) {
  const auto rows = some_rows();
  CAPTURE(rows);
  interrupt_walks<TestType>(
    rows,
    [&](const ets::owner<TestType>& table) {
      for (std::uint64_t i = 0; i < rows; i += 3)
        table.erase(i);
      for (auto i = rows; i-- > 0;)
        if (i % 3 == 0)
          table.insert({i, 1});
    },
    [](std::uint64_t key, int seen) {
      return key % 3 == 0 ? seen <= 1 : seen == 1;
    });
}

TEST_CASE("a walk shows every row once that is replaced meanwhile") {
  const auto rows = some_rows();
  CAPTURE(rows);
  const bool at_once = GENERATE(false, true);
  interrupt_walks<crowded_set>(
    rows,
    [&](const ets::owner<crowded_set>& table) {
      if (at_once)
        return insert_again(table, rows);
      for (std::uint64_t i = 0; i < rows; ++i)
        table.insert({i, 1});
    },
    [](std::uint64_t, int seen) { return seen == 1; });
}

TEST_CASE("a walk shows every row once amid an insertion of many") {
  const auto rows = some_rows();
  CAPTURE(rows);
  for (int step = 0; step == 0 || interruption::happened(); ++step) {
    ets::owner<crowded_set> table;
    fill(table, rows);
    std::vector<int> seen(rows, 1);
    {
      const interruption meanwhile{step, [&] { seen = walk(table, rows); }};
      insert_again(table, rows);
    }
    CAPTURE(step);
    CHECK(seen == std::vector<int>(rows, 1));
  }
}
