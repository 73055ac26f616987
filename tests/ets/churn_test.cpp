// Walks, visits and commits while the table changes under them. The engine
// stops at random between its steps.
#include "actors/ets/hash_bag.hpp"

#include "tests/ets/engine_fixture.hpp"
#include "tests/ets/random_yields.hpp"
#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <random>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using set_engine = tracked_set::engine;
using bag_engine = ets::detail::hash_bag<entry, ets::key_of<&entry::name>>;

using tracked_key = ets::key_of<&tracked::key>;

/// An engine that tells how many buckets it has.
template <template <class> class Engine>
struct sized_engine : Engine<sized_engine<Engine>> {
  using Engine<sized_engine>::Engine;

  std::size_t buckets() const {
    const ets::detail::epoch_guard pin;
    const auto root = this->root();
    return this->is_large(root) ? this->large(root)->size() : 0;
  }
};

template <class Final>
using set_of_tracked = ets::detail::hash_set<tracked, tracked_key, Final>;
template <class Final>
using bag_of_tracked
  = ets::detail::hash_duplicate_bag<tracked, tracked_key, Final>;

using sized_set = sized_engine<set_of_tracked>;
using sized_bag = sized_engine<bag_of_tracked>;

/// Runs f until `stop` on a thread of its own.
template <class F>
std::thread repeat_until(const std::atomic<bool>& stop, F f) {
  return std::thread{[&stop, f]() mutable {
    while (!stop)
      f();
  }};
}

constexpr std::uint64_t stable = 250;
constexpr std::uint64_t volatile_keys = 500;

/// What a walk has seen, by key.
struct walk_record {
  std::vector<int> seen = std::vector<int>(stable + volatile_keys);

  int wrong() const {
    int result = 0;
    for (std::size_t i = 0; i < seen.size(); ++i)
      result += i < stable ? seen[i] != 1 : seen[i] > 1;
    return result;
  }
};

} // namespace

TEMPLATE_TEST_CASE("walks under churn see what stays exactly once", "",
                   sized_set, sized_bag) {
  const auto seed = test_seed();
  CAPTURE(seed);
  const random_yields yields;
  engine_fixture<TestType> table;
  for (std::uint64_t i = 0; i < stable; ++i)
    table->insert({i, i}, true);
  std::atomic<bool> stop{false};
  std::mt19937_64 random{seed};
  // All volatile keys come and go at once: the table grows and shrinks.
  auto churn = repeat_until(stop, [&] {
    for (std::uint64_t i = 0; i < volatile_keys; ++i)
      table->insert({stable + i, random()}, true);
    for (std::uint64_t i = 0; i < volatile_keys; ++i)
      table->erase(stable + (i * 7 + random() % 3) % volatile_keys);
    for (std::uint64_t i = 0; i < volatile_keys; ++i)
      table->erase(stable + i);
  });
  auto replace = repeat_until(stop, [&, i = std::uint64_t{0}]() mutable {
    ++i;
    if constexpr (std::is_same_v<TestType, sized_set>)
      table->insert({i % stable, i}, true);
  });
  int wrong = 0;
  int resized = 0;
  std::size_t buckets = table->buckets();
  // More rounds if the writers hardly had a processor meanwhile.
  for (int round = 0; round < 1000 || (resized <= 10 && round < 1'000'000);
       ++round) {
    walk_record record;
    auto see = [&](const tracked& x) {
      ++record.seen[x.key];
      wrong += x.value.intact() ? 0 : 1;
    };
    if (round % 3 == 0) {
      table->for_each(see);
    } else if (round % 3 == 1) {
      typename TestType::position at;
      while (table->scan(at, 5, see))
        std::this_thread::yield();
    } else {
      for (auto& at : table->split(3))
        while (table->scan(at, 20, see)) {
          // next step
        }
    }
    wrong += record.wrong();
    resized += std::exchange(buckets, table->buckets()) != buckets ? 1 : 0;
  }
  stop = true;
  churn.join();
  replace.join();
  CHECK(wrong == 0);
  CHECK(resized > 10);
}

TEST_CASE("readers see an insertion of many rows whole") {
  const random_yields yields;
  engine_fixture<set_engine> table;
  constexpr std::uint64_t keys = 6;
  const auto fillers = GENERATE(0, 300);
  for (int i = 0; i < fillers; ++i)
    table->insert({1000 + static_cast<std::uint64_t>(i), 0}, true);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  // The payload of key k is read after that of key k - 1: it cannot be older.
  auto check = [&] {
    std::uint64_t last = 0;
    for (std::uint64_t key = 0; key < keys; ++key) {
      std::uint64_t now = 0;
      auto see = [&](const tracked& x) {
        now = x.value.payload();
        wrong += x.value.intact() ? 0 : 1;
      };
      const auto found = table->visit(key, see);
      wrong += (found == 0 && last != 0) || now < last ? 1 : 0;
      last = now;
    }
  };
  auto first = repeat_until(stop, check);
  auto second = repeat_until(stop, check);
  auto churn = repeat_until(stop, [&, i = std::uint64_t{0}]() mutable {
    ++i;
    table->insert({2000 + i % 400, i}, true);
    table->erase(2000 + (i + 200) % 400);
  });
  for (std::uint64_t i = 1; i <= 3000; ++i) {
    std::vector<tracked> rows;
    for (std::uint64_t key = 0; key < keys; ++key)
      rows.emplace_back(key, i);
    table->insert_many(std::move(rows), true);
  }
  stop = true;
  first.join();
  second.join();
  churn.join();
  CHECK(wrong == 0);
}

TEST_CASE("a clear beside writers loses no later row") {
  const random_yields yields;
  engine_fixture<set_engine> table;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  auto clear = repeat_until(stop, [&] {
    table->clear();
    std::this_thread::yield();
  });
  auto churn = repeat_until(stop, [&, i = std::uint64_t{0}]() mutable {
    ++i;
    table->insert({i % 300, i}, true);
  });
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    table->insert({1000 + i % 100, i}, true);
    auto see = [&](const tracked& x) { wrong += x.value.payload() != i; };
    table->visit(1000 + i % 100, see);
  }
  stop = true;
  clear.join();
  churn.join();
  CHECK(wrong == 0);
  std::size_t rows = 0;
  auto count = [&](const tracked&) { ++rows; };
  table->for_each(count);
  CHECK(table->size() == rows);
  table->clear();
  CHECK(table->size() == 0);
}

TEST_CASE("readers of a bag see its rows as of one moment") {
  const random_yields yields;
  engine_fixture<bag_engine> table;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  // Row n + 1 comes before row n goes: one or two rows, in order.
  table->insert({"a", 0}, true);
  auto read = [&] {
    std::vector<int> seen;
    auto add = [&](const entry& x) { seen.push_back(x.value); };
    table->visit("a", add);
    const bool fine = seen.size() == 1
                      || (seen.size() == 2 && seen[0] + 1 == seen[1]);
    wrong += fine ? 0 : 1;
  };
  auto first = repeat_until(stop, read);
  auto second = repeat_until(stop, read);
  for (int i = 0; i < 20'000; ++i) {
    table->insert({"a", i + 1}, true);
    auto old = [i](const entry& x) { return x.value == i; };
    wrong += table->erase_if("a", old) == 1 ? 0 : 1;
  }
  stop = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
}
