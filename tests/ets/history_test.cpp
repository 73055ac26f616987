// What threads see of a table is what one table could have shown to all of
// them, one call after the other; and the check of that finds what it should.
#include "tests/ets/history.hpp"

#include "actors/ets/limits.hpp"

#include "tests/ets/history_recorder.hpp"
#include "tests/ets/planted_bugs.hpp"
#include "tests/ets/random_yields.hpp"
#include "tests/ets/scale.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/subjects.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using kind = call::kind;

struct timed_item {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  ets::deadline end{};

  bool operator==(const timed_item&) const = default;
};

using ordered_items = ets::ordered_set<item, &item::key>;
using timed_items = ets::limited<
  ets::expiring<ets::set<timed_item, &timed_item::key>, &timed_item::end>,
  ets::evict_none>;

/// Makes histories of fresh tables until there are enough calls; returns how
/// many keys were wrong.
template <class T>
std::size_t wrong_keys(int threads, int calls, std::uint64_t seed) {
  constexpr int calls_of_a_table = 25'000;
  random_yields yields;
  std::size_t result = 0;
  for (int done = 0; done < scaled(calls); done += calls_of_a_table) {
    sound<T> table;
    result += history_recorder{table,
                               {.threads = threads,
                                .calls = calls_of_a_table,
                                .seed = seed + static_cast<unsigned>(done)}}
                .run();
  }
  return result;
}

/// Whether one of five histories is found to be wrong.
template <class Table>
bool is_found(workload how) {
  random_yields yields;
  for (int run = 0; run < 5; ++run) {
    Table table;
    ++how.seed;
    if (history_recorder{table, how}.run() != 0)
      return true;
  }
  return false;
}

} // namespace

TEST_CASE("an order is found for calls that overlap") {
  // Both look-ups see the insertion that ends after them.
  CHECK(is_linearizable({
    {{.what = kind::insert, .arg = 7, .begin = 0, .end = 9}},
    {{.what = kind::lookup, .result = 0, .begin = 1, .end = 2},
     {.what = kind::lookup, .result = 7, .begin = 3, .end = 4}},
    {{.what = kind::take, .result = 7, .begin = 5, .end = 8}},
    {{.what = kind::insert_new, .arg = 3, .result = 1, .begin = 6, .end = 7}},
  }));
}

TEST_CASE("no order is found where there is none") {
  SECTION("a value that was not there") {
    CHECK_FALSE(is_linearizable({
      {{.what = kind::insert, .arg = 7, .begin = 0, .end = 1}},
      {{.what = kind::lookup, .result = 0, .begin = 2, .end = 3}},
    }));
  }
  SECTION("a value that is there and then is not yet") {
    CHECK_FALSE(is_linearizable({
      {{.what = kind::insert, .arg = 7, .begin = 0, .end = 9}},
      {{.what = kind::lookup, .result = 7, .begin = 1, .end = 2},
       {.what = kind::lookup, .result = 0, .begin = 3, .end = 4}},
    }));
  }
  SECTION("two winners") {
    CHECK_FALSE(is_linearizable({
      {{.what = kind::insert_new, .arg = 1, .result = 1, .begin = 0, .end = 5}},
      {{.what = kind::insert_new, .arg = 2, .result = 1, .begin = 1, .end = 4}},
    }));
  }
  SECTION("a sum that lost an addend") {
    CHECK_FALSE(is_linearizable({
      {{.what = kind::insert, .arg = 1, .begin = 0, .end = 1},
       {.what = kind::add, .arg = 2, .result = 3, .begin = 2, .end = 9}},
      {{.what = kind::add, .arg = 4, .result = 5, .begin = 3, .end = 8}},
    }));
  }
}

TEST_CASE("what threads see of a set has an order") {
  const auto seed = test_seed();
  CAPTURE(seed);
  CHECK(wrong_keys<item_set>(4, 600'000, seed) == 0);
  CHECK(wrong_keys<item_set>(8, 600'000, seed) == 0);
}

TEST_CASE("what threads see of an ordered set has an order") {
  const auto seed = test_seed();
  CAPTURE(seed);
  CHECK(wrong_keys<ordered_items>(4, 300'000, seed) == 0);
  CHECK(wrong_keys<ordered_items>(8, 300'000, seed) == 0);
}

TEST_CASE("what threads see of a limited table with deadlines has an order") {
  const auto seed = test_seed();
  CAPTURE(seed);
  CHECK(wrong_keys<timed_items>(4, 100'000, seed) == 0);
  CHECK(wrong_keys<timed_items>(8, 100'000, seed) == 0);
}

TEST_CASE("six planted bugs are found in five runs each") {
  const workload how{.threads = 4, .calls = 40'000, .seed = test_seed()};
  CAPTURE(how.seed);
  CHECK(is_found<with_stale_cache>(how));
  CHECK(is_found<with_checked_insert>(how));
  CHECK(is_found<with_take_in_two_steps>(how));
  CHECK(is_found<with_lost_updates>(how));
  CHECK(is_found<with_reused_identity>(how));
  CHECK(is_found<with_leaky_resize>(how));
}
