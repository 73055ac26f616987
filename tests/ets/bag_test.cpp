// Bags and duplicate bags: several rows of one key.
#include "actors/ets/hash_bag.hpp"

#include "tests/ets/engine_fixture.hpp"
#include "tests/ets/heap.hpp"
#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using by_name = ets::key_of<&entry::name>;
using bag = ets::detail::hash_bag<entry, by_name>;
using duplicate_bag = ets::detail::hash_duplicate_bag<entry, by_name>;

static_assert(ets::detail::engine<bag>);
static_assert(ets::detail::engine<duplicate_bag>);
static_assert(!ets::detail::unique_engine<bag>);

using values = std::vector<int>;

template <class Engine>
values values_of(const engine_fixture<Engine>& table, std::string_view key) {
  values result;
  auto add = [&](const entry& x) { result.push_back(x.value); };
  const auto shown = table->visit(key, add);
  CHECK(shown == result.size());
  return result;
}

template <class Engine>
std::size_t erase_equal(const engine_fixture<Engine>& table, const entry& x) {
  auto equal = [&x](const entry& y) { return x == y; };
  return table->erase_if(x.name, equal);
}

/// Applies random writes to a bag and to a model of it.
template <class Engine, bool Unique>
class bag_model {
public:
  explicit bag_model(std::uint64_t seed) : random_(seed) {
    // nop
  }

  void step(int keys, int bias) {
    const auto key = "key " + std::to_string(random_() % unsigned(keys));
    const auto value = static_cast<int>(random_() % 4);
    auto& rows = rows_[key];
    auto same = [&](const entry& x) { return x.value == value; };
    if (static_cast<int>(random_() % 100) < bias) {
      const bool add = !Unique || !contains(rows, value);
      if (random_() % 4 == 0) {
        REQUIRE(table->insert_many({{key, value}, {key, value}}, true));
        rows.insert(rows.end(), add ? Unique ? 1 : 2 : 0, value);
      } else {
        REQUIRE(table->insert({key, value}, true) == add);
        rows.insert(rows.end(), add ? 1 : 0, value);
      }
    } else if (random_() % 2 == 0) {
      REQUIRE(table->erase_if(key, same)
              == static_cast<std::size_t>(std::erase(rows, value)));
    } else if (random_() % 2 == 0) {
      REQUIRE(table->erase(key) == rows.size());
      rows.clear();
    } else {
      REQUIRE(table->take(key).size() == rows.size());
      rows.clear();
    }
    REQUIRE(values_of(table, key) == rows);
  }

  void compare() {
    std::size_t count = 0;
    for (const auto& [key, rows] : rows_) {
      REQUIRE(values_of(table, key) == rows);
      count += rows.size();
    }
    REQUIRE(table->size() == count);
    std::map<std::string, values> seen;
    auto add = [&](const entry& x) { seen[x.name].push_back(x.value); };
    table->for_each(add);
    std::erase_if(rows_, [](const auto& x) { return x.second.empty(); });
    REQUIRE(seen == rows_);
  }

  engine_fixture<Engine> table;

private:
  static bool contains(const values& xs, int x) {
    return std::find(xs.begin(), xs.end(), x) != xs.end();
  }

  std::mt19937_64 random_;
  std::map<std::string, values> rows_;
};

} // namespace

TEST_CASE("a bag keeps the rows of a key in the order of insertion") {
  engine_fixture<bag> table;
  for (int value : {3, 1, 2, 1, 3, 5})
    table->insert({"a", value}, true);
  CHECK(values_of(table, "a") == values{3, 1, 2, 5});
  CHECK_FALSE(table->insert({"a", 9}, false));
  CHECK(table->insert({"b", 9}, false));
  CHECK(table->size() == 5);
  CHECK(erase_equal(table, {"a", 1}) == 1);
  CHECK(values_of(table, "a") == values{3, 2, 5});
  CHECK(table->lookup("a") == std::vector<entry>{{"a", 3}, {"a", 2}, {"a", 5}});
  CHECK(table->take("a").size() == 3);
  CHECK(table->lookup("a").empty());
  CHECK(table->erase("b") == 1);
  CHECK(table->size() == 0);
}

TEST_CASE("a duplicate bag keeps every row") {
  engine_fixture<duplicate_bag> table;
  for (int value : {3, 1, 3, 3})
    CHECK(table->insert({"a", value}, true));
  CHECK(values_of(table, "a") == values{3, 1, 3, 3});
  CHECK(erase_equal(table, {"a", 3}) == 3);
  CHECK(values_of(table, "a") == values{1});
  CHECK(table->insert_many({{"a", 1}, {"b", 2}, {"a", 4}}, true));
  CHECK(values_of(table, "a") == values{1, 1, 4});
  CHECK_FALSE(table->insert_many({{"c", 1}, {"b", 2}}, false));
  CHECK(table->size() == 4);
  table->clear();
  CHECK(table->size() == 0);
}

TEST_CASE("bags agree with their models") {
  const auto seed = test_seed();
  CAPTURE(seed);
  for (const int keys : {2, 20, 500}) {
    CAPTURE(keys);
    bag_model<bag, true> one{seed};
    bag_model<duplicate_bag, false> many{seed};
    for (int phase = 0; phase < 6; ++phase) {
      for (int i = 0; i < 4 * keys; ++i) {
        one.step(keys, phase % 2 == 0 ? 85 : 15);
        many.step(keys, phase % 2 == 0 ? 85 : 15);
      }
      one.compare();
      many.compare();
    }
  }
}

TEST_CASE("info counts the bytes of a bag exactly") {
  using tracked_bag
    = ets::detail::hash_duplicate_bag<tracked, ets::key_of<&tracked::key>>;
  {
    engine_fixture<tracked_bag> warm_up;
    warm_up->insert({1, 1}, true);
  }
  const heap_meter heap;
  {
    engine_fixture<tracked_bag> table;
    for (std::uint64_t i = 0; i < 600; ++i) {
      table->insert({i / 3, i}, true);
      REQUIRE(table->info().bytes == heap.bytes());
    }
    for (std::uint64_t i = 0; i < 200; ++i) {
      table->erase(i);
      REQUIRE(table->info().bytes == heap.bytes());
    }
  }
  const auto left = heap.bytes();
  CHECK(left == 0);
}
