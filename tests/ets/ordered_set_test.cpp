#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using ordered = ets::ordered_set<entry, &entry::name>;
using names = std::vector<std::string>;

struct reading {
  std::string sensor;
  int time = 0;
  double value = 0;

  bool operator==(const reading&) const = default;
};

using readings = ets::ordered_set<reading, &reading::sensor, &reading::time>;

names ascending(const ets::owner<ordered>& table,
                ets::owner<ordered>::range keys) {
  names result;
  table.ascend(keys, [&](const entry& x) { result.push_back(x.name); });
  return result;
}

names descending(const ets::owner<ordered>& table,
                 ets::owner<ordered>::range keys) {
  names result;
  table.descend(keys, [&](const entry& x) { result.push_back(x.name); });
  return result;
}

std::string name_of(const std::optional<entry>& x) {
  return x ? x->name : "none";
}

} // namespace

TEST_CASE("an ordered set keeps its rows in the order of the keys") {
  ets::owner<ordered> table;
  CHECK_FALSE(table.first());
  CHECK_FALSE(table.last());
  CHECK_FALSE(table.next("a"));
  CHECK_FALSE(table.prev("a"));
  for (const auto* name : {"m", "a", "z", "aa", ""})
    table.insert({name, 1});
  CHECK(ascending(table, {}) == names{"", "a", "aa", "m", "z"});
  CHECK(descending(table, {}) == names{"z", "m", "aa", "a", ""});
  CHECK(name_of(table.first()) == "");
  CHECK(name_of(table.last()) == "z");
  SECTION("next and prev take any key") {
    CHECK(name_of(table.next("a")) == "aa");
    CHECK(name_of(table.next("b")) == "m");
    CHECK(name_of(table.next("z")) == "none");
    CHECK(name_of(table.prev("a")) == "");
    CHECK(name_of(table.prev("b")) == "aa");
    CHECK(name_of(table.prev("zz")) == "z");
    CHECK(name_of(table.prev("")) == "none");
  }
  SECTION("a fold goes either way") {
    const auto join = [](std::string all, const entry& x) {
      return all + x.name + ".";
    };
    CHECK(table.fold(std::string{}, join) == ".a.aa.m.z.");
    CHECK(table.fold_reverse(std::string{}, join) == "z.m.aa.a..");
  }
}

TEST_CASE("a range has ends that are in or out") {
  ets::owner<ordered> table;
  for (const auto* name : {"a", "b", "c", "d"})
    table.insert({name, 1});
  CHECK(ascending(table, {.from = "b", .to = "c"}) == names{"b", "c"});
  CHECK(ascending(table, {.after = "b", .to = "c"}) == names{"c"});
  CHECK(ascending(table, {.from = "b", .before = "d"}) == names{"b", "c"});
  CHECK(ascending(table, {.from = "bb"}) == names{"c", "d"});
  CHECK(ascending(table, {.before = "bb"}) == names{"a", "b"});
  CHECK(ascending(table, {.from = "c", .to = "b"}).empty());
  CHECK(descending(table, {.from = "b", .to = "c"}) == names{"c", "b"});
  CHECK(descending(table, {.after = "b", .before = "d"}) == names{"c"});
  CHECK(descending(table, {.to = "cc"}) == names{"c", "b", "a"});
  SECTION("a visitor that returns bool may end the walk") {
    names seen;
    CHECK_FALSE(table.ascend({}, [&](const entry& x) {
      seen.push_back(x.name);
      return seen.size() < 2;
    }));
    CHECK(seen == names{"a", "b"});
    CHECK(table.descend({}, [](const entry&) { return true; }));
  }
}

TEST_CASE("composite keys order by their parts") {
  ets::owner<readings> table;
  for (int time : {3, -1, 2})
    for (const auto* sensor : {"cellar", "attic"})
      table.insert({sensor, time, 0.5});
  std::vector<std::tuple<std::string, int>> seen;
  table.ascend({.from = {{"attic", 0}}, .before = {{"cellar", 3}}},
               [&](const reading& x) { seen.emplace_back(x.sensor, x.time); });
  CHECK(seen
        == std::vector<std::tuple<std::string, int>>{
          {"attic", 2}, {"attic", 3}, {"cellar", -1}, {"cellar", 2}});
  CHECK(table.lookup({"attic", -1})->value == 0.5);
}

TEST_CASE("heads order as their keys do") {
  using ets::key_order;
  const std::vector<std::int64_t> numbers{INT64_MIN, -1, 0, 1, INT64_MAX};
  for (std::size_t i = 1; i < numbers.size(); ++i)
    CHECK(key_order<std::int64_t>::head(numbers[i - 1])
          < key_order<std::int64_t>::head(numbers[i]));
  CHECK(key_order<std::uint8_t>::head(0) < key_order<std::uint8_t>::head(255));
  CHECK(ets::detail::head_of("") == ets::detail::head_of(std::string(1, '\0')));
  CHECK(ets::detail::head_of("a") < ets::detail::head_of("aa"));
  CHECK(ets::detail::head_of("a") < ets::detail::head_of("\xff"));
  CHECK(ets::detail::head_of("12345678") == ets::detail::head_of("123456789"));
}

TEST_CASE("an ordered set inserts many rows in one step") {
  ets::owner<ordered> table;
  std::vector<entry> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back({std::to_string(i * 7 % 1000), i});
  table.insert_many(rows);
  CHECK(table.size() == 1000);
  CHECK_FALSE(table.insert_new_many({{"x", 1}, {"500", 1}}));
  CHECK_FALSE(table.member("x"));
  CHECK(table.insert_new_many({{"x", 1}, {"y", 1}, {"x", 2}}));
  CHECK(table.lookup("x") == entry{"x", 2});
  CHECK(table.size() == 1002);
  table.insert_many({{"500", 5}, {"500", 6}, {"zz", 7}});
  CHECK(table.lookup("500") == entry{"500", 6});
  CHECK(table.size() == 1003);
  CHECK(table.insert_new_many({}));
}

TEST_CASE("a tree agrees with an ordered map") {
  const auto seed = test_seed();
  CAPTURE(seed);
  // Short keys, keys with a long common prefix, keys with zeros in them.
  for (const auto& prefix :
       {std::string{}, std::string(40, 'p'), std::string(300, 'q')})
    for (const unsigned keys : {5U, 60U, 3000U}) {
      CAPTURE(prefix.size(), keys);
      std::mt19937_64 random{seed + keys};
      ets::owner<ordered> table;
      std::map<std::string, int> map;
      const auto some_key = [&] {
        auto key = prefix + std::to_string(random() % keys);
        return key.append(random() % 3, '\0');
      };
      const auto check_around = [&](const std::string& key) {
        const auto i = map.lower_bound(key);
        const auto j = map.upper_bound(key);
        REQUIRE(name_of(table.next(key))
                == (j == map.end() ? "none" : j->first));
        REQUIRE(name_of(table.prev(key))
                == (i == map.begin() ? "none" : std::prev(i)->first));
        REQUIRE(table.member(key) == map.contains(key));
      };
      for (int step = 0; step < 12'000; ++step) {
        const bool grow = random() % 100 < (step / 3000 % 2 == 0 ? 70U : 30U);
        const auto key = some_key();
        const auto value = static_cast<int>(random() % 1000);
        if (!grow) {
          REQUIRE(table.erase(key) == map.erase(key));
        } else if (random() % 50 == 0) {
          std::vector<entry> rows;
          for (auto n = random() % 100; n != 0; --n)
            rows.push_back({some_key(), value});
          for (const auto& x : rows)
            map[x.name] = x.value;
          table.insert_many(rows);
        } else {
          table.insert({key, value});
          map[key] = value;
        }
        REQUIRE(table.size() == map.size());
        check_around(some_key());
      }
      auto i = map.begin();
      table.for_each([&](const entry& x) {
        REQUIRE(i->first == x.name);
        REQUIRE(i++->second == x.value);
      });
      REQUIRE(i == map.end());
      auto j = map.rbegin();
      table.descend({}, [&](const entry& x) { REQUIRE(j++->first == x.name); });
      REQUIRE(j == map.rend());
      for (const auto& [key, value] : map)
        table.erase(key);
      CHECK(table.size() == 0);
      CHECK(table.info().bytes < 1000);
    }
}

TEST_CASE("a tree cuts itself into parts that end by themselves") {
  using engine = ordered::engine;
  ets::owner<ordered> table;
  for (const int rows : {0, 1, 30, 5000}) {
    for (int i = 0; i < rows; ++i)
      table.insert({std::to_string(i), i});
    names seen;
    auto show = [&](const entry& x) { seen.push_back(x.name); };
    std::size_t most = 0;
    const engine& tree = ets::detail::engine_of(table);
    for (auto& at : tree.split(4)) {
      const auto before = seen.size();
      while (tree.scan(at, 10, show)) {
        // next step
      }
      most = std::max(most, seen.size() - before);
    }
    CHECK(seen == ascending(table, {}));
    if (rows == 5000)
      CHECK(most < 2000);
  }
}
