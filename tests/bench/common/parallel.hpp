#pragma once

#include <barrier>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace kv::bench {

/// Runs `body(i)` on `n` threads that start together; returns the seconds from
/// the start to the end of the last one.
template <class F>
double parallel(unsigned n, F body) {
  using clock = std::chrono::steady_clock;
  std::barrier start{static_cast<std::ptrdiff_t>(n) + 1};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < n; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  start.arrive_and_wait();
  const auto from = clock::now();
  for (auto& x : threads)
    x.join();
  return std::chrono::duration<double>(clock::now() - from).count();
}

} // namespace kv::bench
