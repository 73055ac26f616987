// Many threads on one ordered table. What they see is counted in atomics and
// checked at the end: Catch2's assertions belong to one thread.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using ordered = ets::ordered_set<tracked, &tracked::key>;

// Keys that are multiples of ten stay; the others come and go.
constexpr std::uint64_t stable = 250;
constexpr std::uint64_t keys = stable * 10;

void churn(const ets::writer<ordered>& table, std::mt19937_64& random) {
  const auto key = random() % keys;
  if (key % 10 == 0)
    table.insert({key, random()});
  else if (random() % 2 == 0)
    table.erase(key);
  else
    table.insert({key, random()});
}

// Returns what is wrong with a walk: rows spoilt, out of order, or missing.
template <class Walk>
int faults_of(Walk walk) {
  int wrong = 0;
  std::uint64_t met = 0;
  auto last = std::numeric_limits<std::uint64_t>::max();
  walk([&](const tracked& x) {
    wrong += x.value.intact() && x.key + 1 > last + 1 ? 0 : 1;
    last = x.key;
    met += x.key % 10 == 0 ? 1 : 0;
  });
  return wrong + (met == stable ? 0 : 1);
}

} // namespace

TEST_CASE("walks meet every row that stays, once and in order") {
  const auto seed = test_seed();
  CAPTURE(seed);
  {
    ets::owner<ordered> table;
    for (std::uint64_t key = 0; key < keys; key += 10)
      table.insert({key, key});
    std::atomic<int> wrong{0};
    std::atomic<int> walking{2};
    run_threads(4, [&](int i) {
      if (i < 2) {
        std::mt19937_64 random{seed + static_cast<std::uint64_t>(i)};
        while (walking != 0)
          churn(table.writer(), random);
        return;
      }
      const auto r = table.reader();
      for (int round = 0; round < 300; ++round) {
        wrong += faults_of([&r](auto f) { r.for_each(f); });
        wrong += faults_of([&r](auto f) {
          std::vector<tracked> back;
          r.descend({}, [&](const tracked& x) { back.push_back(x); });
          for (auto x = back.rbegin(); x != back.rend(); ++x)
            f(*x);
        });
        wrong += faults_of([&r](auto f) {
          ordered::engine::position at;
          while (ets::detail::engine_of(r).scan(at, 7, f)) {
            // next step
          }
        });
      }
      --walking;
    });
    CHECK(wrong == 0);
  }
  CHECK(witness::alive == 0);
}

TEST_CASE("readers see all rows of an insert of many, or none") {
  constexpr std::uint64_t spread = 20;
  ets::owner<ordered> table;
  const auto rows = [](std::uint64_t payload) {
    std::vector<tracked> result;
    for (std::uint64_t i = 0; i < spread; ++i)
      result.emplace_back(i * 97, payload);
    return result;
  };
  for (std::uint64_t key = 0; key < spread * 97; ++key)
    table.insert({key, 0});
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  run_threads(3, [&](int i) {
    if (i == 0) {
      for (std::uint64_t payload = 1; payload < 3000; ++payload)
        table.insert_many(rows(payload));
      done = true;
      return;
    }
    const auto r = table.reader();
    const auto payload_of = [&r](std::uint64_t key) {
      return r.lookup(key)->value.payload();
    };
    for (std::uint64_t n = 0; !done; ++n) {
      // What was read first is never newer than what is read later.
      const auto x = payload_of(n * 97 % (spread * 97));
      const auto y = payload_of((n + 7) * 97 % (spread * 97));
      wrong += x <= y ? 0 : 1;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("updates of a tree lose nothing") {
  constexpr std::uint64_t rounds = 3000;
  ets::owner<ordered> table;
  run_threads(4, [&](int i) {
    const auto w = table.writer();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      w.upsert(
        500,
        [] {
          return tracked{500, 1};
        },
        [](const tracked& x) {
          return tracked{x.key, x.value.payload() + 1};
        });
      w.insert({(round * 4 + static_cast<std::uint64_t>(i)) % 1000 + 501, 0});
      w.erase(round * 7 % 1000 + 501);
    }
  });
  CHECK(table.lookup(500)->value.payload() == 4 * rounds);
}
