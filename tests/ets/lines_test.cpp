// Cache lines for nodes, and the pool that they come from.
#include "actors/ets/lines.hpp"

#include "actors/ets/line_pool.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace kv;
using namespace kv::test;

using ets::detail::line_pool;
using ets::detail::line_size;
using ets::detail::unused_line;

namespace {

constexpr std::size_t lines_of_chunk = line_pool::lines_in_chunk - 1;

std::vector<unused_line*> list_of(unused_line* lines) {
  std::vector<unused_line*> result;
  for (; lines != nullptr; lines = lines->next)
    result.push_back(lines);
  return result;
}

unused_line* chain(const std::vector<unused_line*>& lines) {
  unused_line* result = nullptr;
  for (auto* x : lines) {
    x->next = result;
    result = x;
  }
  return result;
}

/// The row of 48 bytes whose node repeats the text of its key.
struct texted {
  std::string key;
  std::uint64_t value = 0;
  std::uint64_t other = 0;
};

using texted_set = ets::set<texted, &texted::key>;

} // namespace

TEST_CASE("lines are aligned, apart from one another, and of use to the end") {
  line_pool pool;
  const std::size_t count = 5 * lines_of_chunk + 7;
  const auto lines = list_of(pool.take(count));
  REQUIRE(lines.size() == count);
  const std::set<unused_line*> different(lines.begin(), lines.end());
  CHECK(different.size() == count);
  for (auto* x : lines) {
    REQUIRE(reinterpret_cast<std::uintptr_t>(x) % line_size == 0);
    std::memset(static_cast<void*>(x), 0xee, line_size);
  }
  CHECK(pool.bytes().used == count * line_size);
  CHECK(pool.bytes().mapped == 6 * line_pool::chunk_size);
  const auto more = list_of(pool.take(10)); // nothing has been overwritten
  for (auto* x : more)
    CHECK(different.count(x) == 0);
  pool.give(chain(lines));
  pool.give(chain(more));
  CHECK(pool.bytes().used == 0);
}

TEST_CASE("a pool gives back what nobody uses, in whatever order it comes") {
  std::mt19937_64 random{test_seed()};
  line_pool pool;
  const std::size_t count = 100'000;
  auto lines = list_of(pool.take(count));
  const auto all = pool.bytes().mapped;
  CHECK(all >= count * line_size);
  CHECK(all < count * line_size + (3 << 20));
  std::shuffle(lines.begin(), lines.end(), random);
  pool.give(chain(lines));
  CHECK(pool.bytes().used == 0);
  CHECK(pool.bytes().mapped <= 2 << 20); // one region
  pool.give(chain(list_of(pool.take(count))));
  CHECK(pool.bytes().mapped <= 2 << 20);
}

TEST_CASE("a pool hands out again what it got back") {
  std::mt19937_64 random{test_seed()};
  line_pool pool;
  std::vector<unused_line*> held;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0 || held.empty()) {
      const auto taken = list_of(pool.take(random() % 40));
      held.insert(held.end(), taken.begin(), taken.end());
    } else {
      std::swap(held[random() % held.size()], held.back());
      pool.give(chain({held.back()}));
      held.pop_back();
    }
    REQUIRE(pool.bytes().used == held.size() * line_size);
  }
  const std::set<unused_line*> different(held.begin(), held.end());
  CHECK(different.size() == held.size());
  CHECK(pool.bytes().mapped < held.size() * line_size + (3 << 20));
  pool.give(chain(held));
}

TEST_CASE("threads allocate, and free what others have allocated") {
  constexpr int threads = 4;
  std::array<std::vector<void*>, threads> lines;
  std::atomic<int> changed{0};
  for (int turn = 0; turn < 3; ++turn) {
    run_threads(threads, [&](int i) {
      for (int n = 0; n < 10'000; ++n) {
        auto* line = ets::detail::allocate_line();
        lines[static_cast<std::size_t>(i)].push_back(
          std::memset(line, i, line_size));
      }
    });
    run_threads(threads, [&](int i) {
      const int other = (i + 1) % threads;
      auto& theirs = lines[static_cast<std::size_t>(other)];
      for (auto* x : theirs) {
        const auto* bytes = static_cast<const char*>(x);
        changed += std::count(bytes, bytes + line_size, other) == 64 ? 0 : 1;
        ets::detail::free_line(x);
      }
      theirs.clear();
    });
  }
  CHECK(changed == 0);
}

TEST_CASE("nodes with lines of their own leave none behind") {
  const auto used = [] {
    std::size_t result = 0; // of a thread that has no lines at hand
    std::thread{[&] { result = ets::detail::bytes_of_lines().used; }}.join();
    return result;
  };
  const auto before = used();
  std::thread{[] {
    ets::owner<texted_set> table;
    for (std::uint64_t i = 0; i < 10'000; ++i)
      table.insert({"a text of 16 " + std::to_string(i % 1000), i, i});
    for (std::uint64_t i = 0; i < 1000; i += 2)
      table.erase("a text of 16 " + std::to_string(i));
    table.visit("a text of 16 1", [&](const texted&) { table.clear(); });
  }}.join();
  CHECK(used() == before);
}

TEST_CASE("a node compares and hashes its text as the key itself") {
  using node = ets::detail::set_node<texted, ets::key_of<&texted::key>>;
  using traits = ets::key_traits<std::string>;
  static_assert(sizeof(node) == line_size);
  const ets::key_of<&texted::key> key_fn;
  for (std::size_t size = 0; size < 24; ++size) {
    const std::string key(size, 'x');
    const node made{texted{key}, key_fn};
    CHECK(made.has_key(key, key_fn));
    CHECK_FALSE(made.has_key(key + 'x', key_fn));
    CHECK(made.hash(key_fn, 7) == traits::hash(key, 7));
    for (std::size_t i = 0; i < size; ++i) {
      auto other = key;
      other[i] = 'y';
      CHECK_FALSE(made.has_key(other, key_fn));
      CHECK_FALSE(made.has_key(key.substr(0, i), key_fn));
    }
  }
}

TEST_CASE("keys of all lengths are told apart in tables of all sizes") {
  ets::owner<texted_set> table;
  std::vector<std::string> keys;
  for (std::size_t size = 0; size < 24; ++size)
    for (char last : {'a', 'b', '\0'}) {
      std::string key(size, 'x');
      if (size != 0)
        key.back() = last;
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
    }
  for (std::uint64_t turn = 0; turn < 2; ++turn) // a small table, a large one
    for (std::uint64_t i = 0; i < keys.size(); ++i)
      table.insert({keys[i], i, turn});
  REQUIRE(table.size() == keys.size());
  for (std::uint64_t i = 0; i < keys.size(); ++i) {
    REQUIRE(table.lookup(keys[i]));
    CHECK(table.lookup(keys[i])->value == i);
    CHECK(table.lookup(keys[i])->other == 1);
    CHECK(table.erase(keys[i]) == 1);
    CHECK_FALSE(table.member(keys[i]));
  }
}
