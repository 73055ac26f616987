// Every kind of call at once, for as long as a soak test lasts: for the
// sanitizers. Rows spoil themselves when they end, and are counted.
#include "actors/ets/table.hpp"

#include "tests/ets/random_yields.hpp"
#include "tests/ets/rows.hpp"
#include "tests/ets/seed.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace kv::test {

// Where a bag looks for it.
static bool operator==(const tracked& x, const tracked& y) {
  return x.key == y.key && x.value.payload() == y.value.payload();
}

} // namespace kv::test

namespace {

using tracked_tree = ets::ordered_set<tracked, &tracked::key>;
using tracked_bag = ets::bag<tracked, &tracked::key>;

/// Works on a table at random. It grows to some thousand rows and shrinks again
/// to a few.
template <class T>
class churner {
public:
  churner(const ets::owner<T>& table, std::uint64_t seed)
    : table_(table), random_(seed) {
    // nop
  }

  /// Returns how many rows were seen that were not intact.
  std::uint64_t run(std::chrono::steady_clock::time_point end) {
    for (std::uint64_t turn = 0; std::chrono::steady_clock::now() < end; ++turn)
      for (int i = 0; i < 1000; ++i) {
        keys_ = turn / 8 % 2 == 0 ? 4000 : 20;
        if (below(100) < 60)
          read();
        else
          write();
      }
    return broken_;
  }

private:
  std::uint64_t below(std::uint64_t n) {
    return random_() % n;
  }

  tracked row() {
    return {below(keys_), random_()};
  }

  auto see() {
    return [this](const tracked& x) { broken_ += x.value.intact() ? 0 : 1; };
  }

  void read() {
    const auto key = below(4000);
    switch (below(400)) {
      case 0:
        table_.for_each(see());
        break;
      case 1:
        table_.visit(key, [&](const tracked& x) {
          table_.erase(key);
          table_.insert(row());
          see()(x);
        });
        break;
      case 2:
        for (const auto& x : table_.to_vector())
          see()(x);
        break;
      default:
        table_.visit(key, see());
    }
  }

  void write() {
    const auto key = below(4000);
    switch (below(12)) {
      case 0:
        table_.insert_new(row());
        break;
      case 1:
        table_.insert_many({row(), row(), row()});
        break;
      case 2:
        table_.take(key);
        break;
      case 3:
        table_.erase_if(key, [](const tracked& x) {
          return x.value.payload() % 2 == 0;
        });
        break;
      case 4:
        if (below(2000) == 0)
          table_.clear();
        break;
      case 5:
      case 6:
      case 7:
        table_.erase(key);
        break;
      default:
        table_.insert(row());
    }
  }

  const ets::owner<T>& table_;
  std::mt19937_64 random_;
  std::uint64_t keys_ = 0;
  std::uint64_t broken_ = 0;
};

} // namespace

TEMPLATE_TEST_CASE("rows of every kind of table survive churn", "[soak]",
                   tracked_set, tracked_tree, tracked_bag) {
  constexpr int threads = 4;
  const auto seed = test_seed();
  CAPTURE(seed);
  REQUIRE(witness::alive == 0);
  std::atomic<std::uint64_t> broken{0};
  {
    const random_yields yields;
    ets::owner<TestType> table;
    const auto end = std::chrono::steady_clock::now()
                     + std::chrono::seconds{60};
    run_threads(threads, [&](int i) {
      broken += churner{table, seed + static_cast<unsigned>(i)}.run(end);
    });
    CHECK(table.size() == table.to_vector().size());
  }
  CHECK(broken == 0);
  CHECK(witness::alive == 0);
}
