#pragma once

#include <functional>
#include <latch>
#include <thread>
#include <vector>

namespace kv::test {

/// Runs f(0), ..., f(n - 1) on threads of their own, started together.
inline void run_threads(int n, const std::function<void(int)>& f) {
  std::latch start{n};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      f(i);
    });
  for (auto& t : threads)
    t.join();
}

} // namespace kv::test
