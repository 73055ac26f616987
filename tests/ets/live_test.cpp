// Many threads on one table. What they see is counted in atomics and checked
// at the end: Catch2's assertions belong to one thread.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

tracked next_of(const tracked& x) {
  return {x.key, x.value.payload() + 1};
}

// A writer of its own keys only: it knows what must be there.
class partition {
public:
  partition(ets::writer<tracked_set> table, std::uint64_t id,
            std::uint64_t seed)
    : table_(std::move(table)), base_(id << 32), random_(seed + id) {
    // nop
  }

  // Returns the number of results that were wrong.
  int step(std::uint64_t keys, int bias) {
    const auto key = base_ + random_() % keys;
    const auto i = expected_.find(key);
    const bool present = i != expected_.end();
    int wrong = 0;
    if (static_cast<int>(random_() % 100) < bias) {
      // The payload of a key only ever grows.
      const auto payload = ++last_;
      wrong += table_.insert_new({key, payload}) == present ? 1 : 0;
      if (present)
        table_.insert({key, payload});
      expected_[key] = payload;
    } else {
      wrong += (table_.erase(key) == 1) != present ? 1 : 0;
      expected_.erase(key);
    }
    return wrong + check(base_ + random_() % keys);
  }

private:
  int check(std::uint64_t key) {
    const auto i = expected_.find(key);
    bool right = i == expected_.end();
    const bool found = table_.visit(key, [&](const tracked& x) {
      right = i != expected_.end() && x.key == key && x.value.intact()
              && x.value.payload() == i->second;
    });
    return right && found == (i != expected_.end()) ? 0 : 1;
  }

  ets::writer<tracked_set> table_;
  std::uint64_t base_;
  std::uint64_t last_ = 0;
  std::mt19937_64 random_;
  std::unordered_map<std::uint64_t, std::uint64_t> expected_;
};

// Reads rows of any partition; a key's payload must never go back.
class watcher {
public:
  watcher(ets::reader<tracked_set> table, std::uint64_t seed)
    : table_(std::move(table)), random_(seed) {
    // nop
  }

  int step(std::uint64_t partitions, std::uint64_t keys) {
    const auto key = ((random_() % partitions) << 32) + random_() % keys;
    int wrong = 0;
    table_.visit(key, [&](const tracked& x) {
      auto& last = last_seen_[key];
      if (x.key != key || !x.value.intact() || x.value.payload() < last)
        ++wrong;
      last = x.value.payload();
    });
    return wrong;
  }

  int walk() {
    int wrong = 0;
    table_.for_each([&](const tracked& x) {
      if (!x.value.intact())
        ++wrong;
    });
    return wrong;
  }

private:
  ets::reader<tracked_set> table_;
  std::mt19937_64 random_;
  std::unordered_map<std::uint64_t, std::uint64_t> last_seen_;
};

} // namespace

TEST_CASE("readers see whole rows while writers grow and shrink the table") {
  const auto seed = test_seed();
  CAPTURE(seed);
  constexpr int writers = 2;
  constexpr std::uint64_t keys = 400;
  {
    ets::owner<tracked_set> table;
    std::atomic<int> wrong{0};
    std::atomic<int> busy{writers};
    run_threads(writers + 2, [&](int i) {
      if (i < writers) {
        partition mine{table.writer(), static_cast<std::uint64_t>(i), seed};
        for (int step = 0; step < 20'000; ++step)
          wrong += mine.step(keys, step / 1000 % 2 == 0 ? 80 : 10);
        --busy;
        return;
      }
      watcher mine{table.reader(), seed + static_cast<std::uint64_t>(i)};
      while (busy != 0) {
        for (int step = 0; step < 100; ++step)
          wrong += mine.step(writers, keys);
        wrong += mine.walk();
      }
    });
    CHECK(wrong == 0);
    for (std::uint64_t i = 0; i < 100; ++i)
      table.insert({1, i});
    CHECK(table.info().retired <= 64);
  }
  CHECK(witness::alive == 0);
}

TEST_CASE("insert_new has one winner") {
  constexpr int rows = 20'000;
  ets::owner<tracked_set> table;
  std::atomic<int> won{0};
  run_threads(4, [&](int i) {
    const auto w = table.writer();
    // Losing is cheaper than winning, so that the threads stay together.
    for (std::uint64_t key = 0; key < rows; ++key)
      if (w.insert_new({key, static_cast<std::uint64_t>(i)}))
        ++won;
  });
  CHECK(won == rows);
  CHECK(table.size() == rows);
}

TEST_CASE("insert_new and erase make a lock") {
  ets::owner<tracked_set> table;
  std::atomic<int> inside{0};
  std::atomic<int> wrong{0};
  run_threads(4, [&](int i) {
    const auto w = table.writer();
    for (int round = 0; round < 20'000; ++round) {
      if (!w.insert_new({1, static_cast<std::uint64_t>(i)}))
        continue;
      if (inside.fetch_add(1) != 0)
        ++wrong;
      inside.fetch_sub(1);
      if (w.erase(1) != 1)
        ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("take, erase and erase_if have one winner") {
  constexpr int rows = 20'000;
  ets::owner<tracked_set> table;
  for (std::uint64_t key = 0; key < rows; ++key)
    table.insert({key, key});
  std::atomic<std::size_t> won{0};
  const auto intact = [](const tracked& x) { return x.value.intact(); };
  run_threads(4, [&](int i) {
    const auto w = table.writer();
    for (std::uint64_t key = 0; key < rows; ++key)
      if (i == 0)
        won += w.erase(key);
      else if (i == 1)
        won += w.erase_if(key, intact);
      else
        won += w.take(key) ? 1 : 0;
  });
  CHECK(won == rows);
  CHECK(table.size() == 0);
}

TEST_CASE("concurrent updates lose nothing") {
  constexpr int threads = 4;
  constexpr std::uint64_t rounds = 5000;
  ets::owner<tracked_set> table;
  table.insert({0, 0});
  table.insert({1, 0});
  std::atomic<int> missed{0};
  run_threads(threads, [&](int i) {
    const auto w = table.writer();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (!w.update(0, next_of))
        ++missed;
      // Rows come and go around the hot one.
      w.insert({2 + (round + static_cast<std::uint64_t>(i)) % 50, 0});
      w.erase(2 + round % 50);
    }
  });
  CHECK(missed == 0);
  CHECK(table.lookup(0)->value.payload() == threads * rounds);
  CHECK(table.lookup(1)->value.payload() == 0);
}

TEST_CASE("names are found while tables come and go") {
  constexpr int rounds = 2000;
  std::atomic<int> wrong{0};
  std::atomic<int> opened{0};
  std::atomic<int> busy{2};
  run_threads(4, [&](int i) {
    if (i < 2) {
      for (int round = 0; round < rounds; ++round) {
        const auto code = code_of([&] {
          ets::owner<tracked_set> table{{.name = "contended"}};
          ++opened;
          table.insert({1, 1});
        });
        wrong += code == 0 || code == name_taken ? 0 : 1;
      }
      --busy;
      return;
    }
    while (busy != 0) {
      const auto code = code_of([&] {
        const auto r = ets::whereis<tracked_set>("contended");
        r.visit(1,
                [&](const tracked& x) { wrong += x.value.intact() ? 0 : 1; });
      });
      wrong += code == 0 || code == no_such_table ? 0 : 1;
    }
  });
  CHECK(wrong == 0);
  CHECK(opened > 0);
  CHECK(witness::alive == 0);
}

TEST_CASE("handles are counted across threads") {
  for (int round = 0; round < 200; ++round) {
    ets::owner<tracked_set> table;
    table.insert({1, 1});
    auto shared = table.reader();
    run_threads(3, [&](int i) {
      std::vector<ets::reader<tracked_set>> copies(20, shared);
      if (i == 0)
        table.close();
      copies.clear();
    });
    REQUIRE_FALSE(shared.is_open());
  }
  CHECK(witness::alive == 0);
}

TEST_CASE("threads that come and go leave nothing behind") {
  ets::owner<tracked_set> table;
  for (std::uint64_t round = 0; round < 100; ++round)
    run_threads(3, [&](int i) {
      const auto w = table.writer();
      for (std::uint64_t key = 0; key < 10; ++key) {
        w.insert({key, round});
        w.erase(key + static_cast<std::uint64_t>(i));
      }
    });
  table.clear();
  table.insert({1, 1});
  CHECK(table.info().retired == 0);
  CHECK(witness::alive == 1);
}
