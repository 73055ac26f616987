#pragma once

#include "actors/ets/schedule.hpp"

#include <atomic>
#include <random>
#include <thread>

namespace kv::test {

/// Has threads stop at random between two steps of the engines while it lives.
class random_yields {
public:
  random_yields() {
    ets::detail::at_schedule_point = [] {
      thread_local std::minstd_rand random{
        static_cast<unsigned>(count.fetch_add(1))};
      if (random() % 32 == 0)
        std::this_thread::yield();
    };
  }

  random_yields(const random_yields&) = delete;
  random_yields& operator=(const random_yields&) = delete;

  ~random_yields() {
    ets::detail::at_schedule_point = nullptr;
  }

private:
  static inline std::atomic<unsigned> count{1};
};

} // namespace kv::test
