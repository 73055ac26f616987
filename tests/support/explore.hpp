#pragma once

#include "tests/support/actor_fixture.hpp"
#include "tests/support/catch.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>

namespace kv::test {

/// One order in which actors get their messages: of those that have one, who
/// is next is drawn from a seed. What one actor sends to another stays in
/// order, as CAF has it.
/// Thread safety: one thread.
class message_order {
public:
  explicit message_order(std::uint64_t seed) : random_(seed) {
    // nop
  }

  /// Lets one actor handle one message; returns false if none has any.
  bool step(actor_fixture& world) {
    auto& jobs
      = dynamic_cast<caf::scheduler::test_coordinator&>(world.sys.scheduler())
          .jobs;
    if (jobs.empty())
      return false;
    std::uniform_int_distribution<std::size_t> any{0, jobs.size() - 1};
    auto next = jobs.begin() + static_cast<std::ptrdiff_t>(any(random_));
    std::rotate(jobs.begin(), next, next + 1);
    return world.step();
  }

  /// Goes on until no actor has anything left to do.
  void run(actor_fixture& world) {
    while (step(world)) {
      // Goes on.
    }
  }

  /// Returns a number below `n`, for what else a test leaves to chance.
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_);
  }

private:
  std::mt19937_64 random_;
};

/// Returns the seed of the first of `n` orders for which `holds` is false.
/// Complexity: linear in `n`.
inline std::optional<std::uint64_t>
find_order(std::uint64_t seed, std::size_t n,
           const std::function<bool(message_order&)>& holds) {
  for (std::size_t i = 0; i < n; ++i) {
    message_order order{seed + i};
    if (!holds(order))
      return seed + i;
  }
  return std::nullopt;
}

/// Runs a test in `n` orders. What fails says the seed of its order: with that
/// in the environment variable SEED, the test runs in this order alone.
inline void explore(std::size_t n,
                    const std::function<void(message_order&)>& test) {
  const char* given = std::getenv("SEED"); // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = given != nullptr ? std::stoull(given)
                                               : std::random_device{}();
  for (std::size_t i = 0; i < (given != nullptr ? 1 : n); ++i) {
    INFO("this order again: SEED=" << first + i);
    message_order order{first + i};
    test(order);
  }
}

} // namespace kv::test
