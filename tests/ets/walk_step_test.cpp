// What happens between two steps of a walk: keys go from slot to slot while it
// reads a bucket.
#include "actors/ets/schedule.hpp"

#include "tests/ets/engine_fixture.hpp"
#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <functional>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

/// Has a function run at one step of this thread's work while it lives.
class interruption {
public:
  interruption(int step, std::function<void()> what) {
    steps_left = step;
    run = std::move(what);
    ets::detail::at_schedule_point = [] {
      if (steps_left-- == 0)
        run();
    };
  }

  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  ~interruption() {
    ets::detail::at_schedule_point = nullptr;
  }

  /// Whether it has come to that.
  bool happened() const {
    return steps_left < 0;
  }

private:
  static inline int steps_left = 0;
  static inline std::function<void()> run;
};

} // namespace

TEST_CASE("a walk shows no key twice that changes its slot meanwhile") {
  // A small table, a bucket that is nearly full, chains, several buckets.
  const auto rows = GENERATE(as<std::uint64_t>{}, 6, 12, 15, 18, 30, 90);
  CAPTURE(rows);
  bool happened = true;
  for (int step = 0; happened; ++step) {
    engine_fixture<tracked_set::engine> table;
    for (std::uint64_t i = 0; i < rows; ++i)
      table->insert({i, i}, true);
    std::vector<int> seen(rows);
    const interruption meanwhile{step, [&] {
                                   for (std::uint64_t i = 0; i < rows; i += 2)
                                     table->erase(i);
                                   for (auto i = rows; i-- > 0;)
                                     if (i % 2 == 0)
                                       table->insert({i, i}, true);
                                 }};
    auto see = [&](const tracked& x) { ++seen[x.key]; };
    table->for_each(see);
    happened = meanwhile.happened();
    CAPTURE(step);
    for (std::uint64_t i = 0; i < rows; ++i)
      if (i % 2 == 0 ? seen[i] > 1 : seen[i] != 1)
        FAIL("key " << i << " was seen " << seen[i] << " times");
  }
}
