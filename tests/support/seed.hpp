#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace kv::test {

/// Returns the seed of a randomized test and prints it: the environment
/// variable SEED repeats a run.
inline std::uint64_t test_seed() {
  std::uint64_t result = 0;
  if (const char* given = std::getenv("SEED")) // NOLINT(concurrency-mt-unsafe)
    result = std::stoull(given);
  else
    result = std::random_device{}();
  std::cerr << "SEED=" << result << '\n';
  return result;
}

} // namespace kv::test
