// Random operations on a table and on an std::unordered_map must agree.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/support/catch.hpp"

#include <random>
#include <string>
#include <unordered_map>

using namespace kv;
using namespace kv::test;

namespace {

class model {
public:
  model(std::uint64_t seed, int keys) : random_(seed), keys_(keys) {
    // nop
  }

  // `bias` is the percentage of inserts.
  void step(int bias) {
    const auto key = "key " + std::to_string(below(keys_));
    const auto value = below(4);
    if (below(100) < bias)
      grow(key, value);
    else
      shrink(key, value);
    REQUIRE(table_.size() == map_.size());
    REQUIRE(table_.member(key) == map_.contains(key));
  }

  void compare() {
    std::unordered_map<std::string, int> seen;
    table_.for_each(
      [&](const entry& x) { REQUIRE(seen.emplace(x.name, x.value).second); });
    REQUIRE(seen == map_);
    for (const auto& [key, value] : map_)
      REQUIRE(table_.lookup(key) == entry{key, value});
  }

private:
  int below(int n) {
    return std::uniform_int_distribution<int>(0, n - 1)(random_);
  }

  void grow(const std::string& key, int value) {
    switch (below(3)) {
      case 0:
        table_.insert({key, value});
        map_[key] = value;
        break;
      case 1:
        REQUIRE(table_.insert_new({key, value})
                == map_.emplace(key, value).second);
        break;
      default:
        REQUIRE(table_.update(key, [&](const entry& x) {
          return entry{x.name, x.value + value};
        }) == map_.contains(key));
        if (const auto i = map_.find(key); i != map_.end())
          i->second += value;
    }
  }

  void shrink(const std::string& key, int value) {
    const auto i = map_.find(key);
    const bool present = i != map_.end();
    const bool equal = present && i->second == value;
    switch (below(4)) {
      case 0:
        REQUIRE(table_.erase(key) == (present ? 1 : 0));
        break;
      case 1:
        REQUIRE(table_.take(key).has_value() == present);
        break;
      case 2:
        REQUIRE(table_.erase_object({key, value}) == (equal ? 1 : 0));
        if (!equal)
          return;
        break;
      default:
        REQUIRE(table_.erase_if(key, [&](const entry& x) {
          return x.value == value;
        }) == (equal ? 1 : 0));
        if (!equal)
          return;
    }
    map_.erase(key);
  }

  std::mt19937_64 random_;
  int keys_;
  ets::owner<entries> table_;
  std::unordered_map<std::string, int> map_;
};

} // namespace

TEST_CASE("a table agrees with its model") {
  const auto seed = test_seed();
  CAPTURE(seed);
  for (const int keys : {3, 12, 100, 3000}) {
    CAPTURE(keys);
    model m{seed + static_cast<std::uint64_t>(keys), keys};
    for (int phase = 0; phase < 10; ++phase) {
      const int bias = phase % 2 == 0 ? 85 : 15;
      for (int i = 0; i < std::min(3 * keys, 1500); ++i)
        m.step(bias);
      m.compare();
    }
  }
}
