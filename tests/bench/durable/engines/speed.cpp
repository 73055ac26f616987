#include "tests/bench/durable/engines/measures.hpp"
#include "tests/bench/durable/engines/rows.hpp"

#include <sys/resource.h>

#include <chrono>

namespace kv::bench::engines {

namespace {

double cpu() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec)
           + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

} // namespace

void speed(const string& name, const string& dir) {
  std::mt19937 random{1};
  {
    auto db = open(name, dir);
    rows xs;
    for (uint32_t i = 0; i < million; ++i) {
      auto key = key_of(i);
      xs.emplace_back(key, value_of(key));
      if (xs.size() == 1000) {
        db->write(xs, false);
        xs.clear();
      }
    }
    for (size_t n : {1, 16, 64}) {
      constexpr size_t writes = 320'000;
      std::vector<rows> batches;
      for (size_t i = 0; i < writes / n; ++i)
        batches.push_back(random_rows(random, n));
      auto before = cpu();
      for (const auto& batch : batches)
        db->write(batch, false);
      std::printf("%s: batch %zu: %.2f us of CPU a write\n", name.c_str(), n,
                  (cpu() - before) * 1e6 / writes);
    }
    for (size_t n : {1, 16, 64}) {
      auto begin = now();
      auto before = cpu();
      size_t groups = 0;
      for (; now() - begin < 2; ++groups)
        db->write(random_rows(random, n), true);
      std::printf("%s: group %zu: %.0f groups/s with fsync, %.1f us a group\n",
                  name.c_str(), n,
                  static_cast<double>(groups) / (now() - begin),
                  (cpu() - before) * 1e6 / static_cast<double>(groups));
    }
  }
  auto begin = now();
  size_t bytes = 0;
  open(name, dir)->load([&](string_view key, string_view value) {
    bytes += key.size() + value.size();
  });
  std::printf("%s: load: %.2f s for %zu MB\n", name.c_str(), now() - begin,
              bytes / million);
}

} // namespace kv::bench::engines
