#include "tests/bench/ets/measurer.hpp"

#include "actors/ets/lines.hpp"
#include "actors/ets/pages.hpp"

#include "tests/bench/common/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <malloc.h>
#include <stdexcept>
#include <thread>

namespace kv::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t million = 1'000'000;

double since(clock::time_point from) {
  return std::chrono::duration<double>(clock::now() - from).count();
}

std::size_t allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd + ets::detail::mapped_bytes()
         + ets::detail::bytes_of_lines().used;
}

operation operation_of(const std::string& bench) {
  if (bench == "lookup")
    return operation::lookup;
  if (bench == "visit_many")
    return operation::visit_many;
  if (bench == "mix95")
    return operation::mix95;
  if (bench == "mix50")
    return operation::mix50;
  return operation::visit; // miss as well
}

/// Replaces rows until it is destroyed.
class writer_thread {
public:
  writer_thread(subject& map, const std::vector<std::string>& keys)
    : thread_([this, &map, &keys] {
        for (std::size_t i = 0; !stop_; i = (i + 1000) % (keys.size() - 1000))
          map.run(operation::put, std::span(keys).subspan(i, 1000));
      }) {
    // nop
  }

  ~writer_thread() {
    stop_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace

std::optional<double> measurer::measure(const cell_of_grid& x,
                                        const contender& side) {
  const auto& make = test_bed::maker(x, side);
  const bool writer_beside = x.bench == "latency" || x.bench == "fold_writer";
  if (!make || !make(1)->can(x.bench, x.threads + (writer_beside ? 1 : 0)))
    return std::nullopt;
  if (x.bench == "fill" || x.bench == "erase")
    return measure_life(x, side);
  if (x.bench == "memory")
    return measure_memory(x, side);
  if (x.bench == "counter")
    return measure_counter(x, side);
  if (x.bench == "latency")
    return measure_latency(x, side);
  if (x.bench.starts_with("fold"))
    return side.name == "tbb" && writer_beside
             ? std::nullopt // its iteration is not safe beside a writer
             : std::optional{measure_fold(x, side)};
  if (x.bench == "ordered_range")
    return measure_ranges(x, side);
  return measure_reads(x, side);
}

double measurer::measure_reads(const cell_of_grid& x, const contender& side) {
  auto& map = bed_.filled(x, side);
  const auto& keys = bed_.orders(x);
  const auto what = operation_of(x.bench);
  const std::size_t turns = x.rows < million ? 40 : 4;
  std::atomic<std::size_t> found = 0;
  map.run(what, std::span(keys[0]).first(10'000));
  const auto seconds = parallel(x.threads, [&](unsigned i) {
    for (std::size_t turn = 0; turn < turns; ++turn)
      found += map.run(what, keys[i]);
  });
  const auto operations = turns * x.threads * keys[0].size();
  const bool mixed = x.bench.starts_with("mix");
  if (!mixed && found != (x.bench == "miss" ? 0 : operations))
    throw std::logic_error(side.name + " does not find what is there");
  if (mixed)
    map.fill(0, x.rows);
  return static_cast<double>(operations) / seconds / 1e6;
}

double measurer::measure_ranges(const cell_of_grid& x, const contender& side) {
  auto& map = bed_.filled(x, side);
  const auto& keys = bed_.orders(x);
  constexpr std::size_t ranges = 10'000;
  const std::size_t turns = x.rows < million ? 20 : 1;
  const auto seconds = parallel(x.threads, [&](unsigned i) {
    for (std::size_t turn = 0; turn < turns; ++turn)
      map.run(operation::range, std::span(keys[i]).first(ranges));
  });
  return static_cast<double>(turns * x.threads * ranges) / seconds / 1e6;
}

double measurer::measure_life(const cell_of_grid& x, const contender& side) {
  ::malloc_trim(0); // nobody tidies what the side before has left in the heap
  auto map = test_bed::maker(x, side)(x.rows);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < x.rows; ++i)
    keys.push_back(key_at(i));
  const auto share = x.rows / x.threads;
  auto timed = [&](operation what) {
    return parallel(x.threads, [&](unsigned i) {
      map->run(what, std::span(keys).subspan(i * share, share));
    });
  };
  const auto filled = timed(operation::put);
  if (x.bench == "fill")
    return static_cast<double>(x.rows) / filled / 1e6;
  // Not in the order of insertion.
  std::sort(keys.begin(), keys.end());
  return static_cast<double>(x.rows) / timed(operation::erase) / 1e6;
}

double measurer::measure_fold(const cell_of_grid& x, const contender& side) {
  auto& map = bed_.filled(x, side);
  const auto& keys = bed_.orders(x);
  std::optional<writer_thread> writer;
  if (x.bench == "fold_writer")
    writer.emplace(map, keys[0]);
  const std::size_t turns = x.rows < million ? 2000 : 3;
  const auto from = clock::now();
  for (std::size_t i = 0; i < turns; ++i)
    if (map.fold() != x.rows && !writer)
      throw std::logic_error(side.name + " does not see all rows");
  return since(from) / static_cast<double>(turns * x.rows) * 1e9;
}

double measurer::measure_latency(const cell_of_grid& x, const contender& side) {
  auto& map = bed_.filled(x, side);
  const auto& keys = bed_.orders(x);
  const writer_thread writer{map, keys[1]};
  std::vector<double> times;
  times.reserve(300'000);
  for (std::size_t i = 0; i < 300'000; ++i) {
    const auto key = std::span(keys[0]).subspan(i % keys[0].size(), 1);
    const auto from = clock::now();
    map.run(operation::visit, key);
    times.push_back(since(from) * 1e9);
  }
  const auto part = x.name.ends_with("p50")   ? 0.5
                    : x.name.ends_with("p99") ? 0.99
                                              : 0.999;
  auto at
    = times.begin()
      + static_cast<std::ptrdiff_t>(part * static_cast<double>(times.size()));
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

double measurer::measure_memory(const cell_of_grid& x, const contender& side) {
  bed_.clear();
  static_cast<void>(handle{0}); // what handles refer to belongs to nobody
  malloc_trim(0);
  const auto before = allocated();
  auto map = test_bed::maker(x, side)(x.rows);
  map->fill(0, x.rows);
  return static_cast<double>(allocated() - before)
         / static_cast<double>(x.rows);
}

double measurer::measure_counter(const cell_of_grid& x, const contender& side) {
  auto map = test_bed::maker(x, side)(x.rows);
  map->fill(0, x.rows);
  const auto& keys = bed_.orders(x);
  const auto seconds = parallel(x.threads, [&](unsigned i) {
    for (int turn = 0; turn < 20; ++turn)
      map->run(operation::count, keys[i]);
  });
  return 20.0 * x.threads * static_cast<double>(keys[0].size()) / seconds / 1e6;
}

} // namespace kv::bench
