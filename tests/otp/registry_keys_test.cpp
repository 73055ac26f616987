// The tables of registries, without a registry.

#include "actors/otp/registry_keys.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/seed.hpp"

#include <random>

using namespace kv;

namespace {

/// Counts its copies: that is what a change costs.
struct counted {
  static inline size_t copies = 0;

  explicit counted(int x) : n(x) {
    // nop
  }

  counted(const counted& other) : n(other.n) {
    ++copies;
  }

  counted(counted&&) noexcept = default;
  counted& operator=(const counted&) = default;
  counted& operator=(counted&&) noexcept = default;
  ~counted() = default;

  int n;
};

using bag = otp::duplicate_keys<std::string, counted>;
using single = otp::unique_keys<std::string, counted>;

/// A table of duplicate keys, as its readers see it.
struct fixture {
  uint32_t add(const std::string& key, int value) {
    return writer.add(key, {nullptr, counted{value}});
  }

  bool remove(const std::string& key, uint32_t place, int value) {
    return writer.remove(key, place,
                         [=](auto& x) { return x.value.n == value; });
  }

  std::vector<int> values(std::string_view key) const {
    std::vector<int> result;
    bag::visit(table.reader(), key,
               [&](auto& x) { result.push_back(x.value.n); });
    return result;
  }

  /// A registry that was restarted goes on from here.
  void restart() {
    writer = bag::writer{table.writer()};
  }

  ets::owner<bag::table> table;
  bag::writer writer{table.writer()};
};

constexpr auto per_group = static_cast<int>(bag::group_size);

} // namespace

TEST_CASE("a unique key has the last entry", "[registry]") {
  ets::owner<single::table> table;
  single::writer writer{table.writer()};
  writer.add("a", {nullptr, counted{1}});
  writer.add("a", {nullptr, counted{2}});
  CHECK(table.size() == 1);
  CHECK_FALSE(writer.remove("a", {}, [](auto& x) { return x.value.n == 1; }));
  CHECK(writer.remove("a", {}, [](auto& x) { return x.value.n == 2; }));
  CHECK(table.size() == 0);
}

TEST_CASE_METHOD(fixture, "a key is gone with its last entry", "[registry]") {
  auto place = add("a", 1);
  add("a", 2);
  CHECK(values("a") == std::vector{1, 2});
  CHECK_FALSE(remove("a", place, 3));
  CHECK_FALSE(remove("b", place, 1));
  CHECK(remove("a", place, 1));
  CHECK(values("a") == std::vector{2});
  CHECK(remove("a", place, 2));
  CHECK(table.size() == 0);
}

TEST_CASE_METHOD(fixture, "entries never move, and freed room is used again",
                 "[registry]") {
  for (auto i = 0; i < 3 * per_group; ++i)
    CHECK(add("a", i) == static_cast<uint32_t>(i / per_group));
  CHECK(values("a").size() == 3 * bag::group_size);
  for (auto i = 0; i < 2 * per_group; ++i)
    CHECK(remove("a", static_cast<uint32_t>(i / per_group), i));
  CHECK(values("a").size() == bag::group_size);
  CHECK(add("a", 1000) == 0);
  SECTION("also by a registry that was restarted") {
    restart();
    CHECK(add("a", 1001) == 0);
    CHECK(values("a").size() == bag::group_size + 2);
  }
  SECTION("groups at the end go") {
    for (auto i = 2 * per_group; i < 3 * per_group; ++i)
      CHECK(remove("a", 2, i));
    CHECK(table.size() == 1);
    CHECK(table.lookup({"a", 0})->groups == 1);
    CHECK(remove("a", 0, 1000));
    CHECK(table.size() == 0);
  }
}

TEST_CASE_METHOD(fixture,
                 "a change costs the same however many entries a key "
                 "has",
                 "[registry]") {
  auto cost_of = [this](int entries) {
    std::vector<uint32_t> places;
    counted::copies = 0;
    for (auto i = 0; i < entries; ++i)
      places.push_back(add("a", i));
    for (auto i = 0; i < entries; ++i)
      REQUIRE(remove("a", places[static_cast<size_t>(i)], i));
    return counted::copies / static_cast<size_t>(entries);
  };
  CHECK(cost_of(100) <= 4 * bag::group_size);
  CHECK(cost_of(100000) <= 4 * bag::group_size);
}

TEST_CASE_METHOD(fixture, "duplicate keys against a model", "[registry]") {
  auto seed = test::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  struct known {
    uint32_t place;
    int value;
  };
  std::map<std::string, std::vector<known>> model;
  for (auto step = 0; step < 20000; ++step) {
    std::string key(1, static_cast<char>('a' + random() % 3));
    auto& entries = model[key];
    // Waves, so that groups fill and run empty.
    if (entries.empty() || random() % 100 < (step / 2000 % 2 == 0 ? 70 : 30)) {
      entries.push_back({add(key, step), step});
    } else {
      auto i = entries.begin()
               + static_cast<ptrdiff_t>(random() % entries.size());
      REQUIRE(remove(key, i->place, i->value));
      entries.erase(i);
    }
    if (random() % 500 == 0)
      restart();
    if (random() % 50 != 0)
      continue;
    for (auto& [k, xs] : model) {
      std::multiset<int> expected;
      for (auto& x : xs)
        expected.insert(x.value);
      auto found = values(k);
      REQUIRE(std::multiset<int>(found.begin(), found.end()) == expected);
    }
  }
}
