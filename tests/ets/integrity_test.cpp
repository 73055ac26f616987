// What readers get is whole: rows that carry a checksum, and batches of rows.
#include "actors/ets/table.hpp"

#include "tests/ets/scale.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

std::uint64_t sum_of(const std::string& text, std::uint64_t key) {
  return ets::detail::hash_bytes(text.data(), text.size(), key);
}

/// A text on the heap, and what must be in it.
struct sealed {
  std::uint64_t key = 0;
  std::string text{};
  std::uint64_t sum = 0;

  bool intact() const {
    return sum == sum_of(text, key);
  }
};

using sealed_set = ets::set<sealed, &sealed::key>;
using sealed_tree = ets::ordered_set<sealed, &sealed::key>;

sealed make_sealed(std::uint64_t key, std::uint64_t random) {
  std::string text(20 + random % 60, static_cast<char>('a' + random % 26));
  const auto sum = sum_of(text, key);
  return {key, std::move(text), sum};
}

/// Returns how many of `reads` rows were not what somebody had written, read by
/// six threads while two write.
template <class T>
int broken_rows(int reads, std::uint64_t seed) {
  constexpr int threads = 8;
  constexpr int writers = 2;
  constexpr std::uint64_t keys = 2000;
  ets::owner<T> table;
  std::atomic<int> broken{0};
  std::atomic<int> readers{threads - writers};
  run_threads(threads, [&](int id) {
    std::mt19937_64 random{seed + static_cast<unsigned>(id)};
    if (id < writers) {
      for (std::uint64_t i = 0; readers != 0; ++i) {
        // Whole ranges come and go: the table grows and shrinks.
        const auto key = random() % (i / 5000 % 2 == 0 ? keys : 50);
        if (random() % 3 != 0)
          table.insert(make_sealed(key, random()));
        else
          table.erase(i / 5000 % 2 == 0 ? key : random() % keys);
      }
      return;
    }
    for (int i = 0; i < reads / (threads - writers); ++i) {
      const auto key = random() % keys;
      table.visit(key, [&](const sealed& x) {
        broken += x.key == key && x.intact() ? 0 : 1;
      });
    }
    --readers;
  });
  return broken;
}

struct side {
  int key = 0;
  std::uint64_t turn = 0;
};

/// A pair of rows, and others.
std::vector<side> pair_of(std::uint64_t turn, int others) {
  std::vector<side> result{{1, turn}, {2, turn}};
  for (int i = 0; i < others; ++i)
    result.push_back({100 + i, 0});
  return result;
}

/// Returns how often one of two rows was seen without the other, which are
/// written together.
template <class T>
int torn_pairs(std::uint64_t flips, int others) {
  constexpr std::uint64_t rows_of_bag = 8;
  ets::owner<T> table;
  table.assign(pair_of(0, others));
  std::atomic<int> torn{0};
  std::atomic<bool> done{false};
  run_threads(2, [&](int id) {
    if (id == 0) {
      for (std::uint64_t i = 1; i <= flips; ++i) {
        table.insert_many(pair_of(i, 0));
        if (!ets::unique<T> && i % rows_of_bag == 0)
          table.assign(pair_of(i, others));
      }
      done = true;
      return;
    }
    const auto last_turn = [&table](int key) {
      std::uint64_t result = 0;
      table.visit(key, [&](const side& x) { result = x.turn; });
      return result;
    };
    while (!done) {
      // Read one after the other: the second one cannot be older.
      auto first = last_turn(1);
      torn += last_turn(2) < first ? 1 : 0;
      first = last_turn(2);
      torn += last_turn(1) < first ? 1 : 0;
    }
  });
  return torn;
}

using sides = ets::set<side, &side::key>;
using ordered_sides = ets::ordered_set<side, &side::key>;
using bag_of_sides = ets::duplicate_bag<side, &side::key>;

} // namespace

TEMPLATE_TEST_CASE("rows carry their checksum through every write", "",
                   sealed_set, sealed_tree) {
  const auto seed = test_seed();
  CAPTURE(seed);
  CHECK(broken_rows<TestType>(scaled(3'000'000), seed) == 0);
}

TEMPLATE_TEST_CASE("rows carry their checksum through 50 million reads",
                   "[soak]", sealed_set, sealed_tree) {
  const auto seed = test_seed();
  CAPTURE(seed);
  CHECK(broken_rows<TestType>(50'000'000, seed) == 0);
}

TEST_CASE("a million pairs of rows are seen whole") {
  const auto flips = static_cast<std::uint64_t>(scaled(1'000'000));
  CHECK(torn_pairs<sides>(flips / 2, 100) == 0);
  CHECK(torn_pairs<sides>(flips / 4, 0) == 0);
  CHECK(torn_pairs<ordered_sides>(flips / 4, 100) == 0);
  CHECK(torn_pairs<bag_of_sides>(flips / 8, 20) == 0);
}
