#include "tests/bench/ets/grid.hpp"

#include "actors/ets/lines.hpp"
#include "actors/ets/pages.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <malloc.h>
#include <stdexcept>
#include <thread>

namespace kv::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t thousand = 1'000;
constexpr std::size_t million = 1'000'000;

double since(clock::time_point from) {
  return std::chrono::duration<double>(clock::now() - from).count();
}

/// Runs body(i) on `n` threads that start together; returns the seconds from
/// the start to the end of the last one.
template <class F>
double parallel(unsigned n, F body) {
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
  return since(from);
}

std::size_t allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd + ets::detail::mapped_bytes()
         + ets::detail::bytes_of_lines().used;
}

const subject_maker& maker(const cell_of_grid& x, const contender& side) {
  if (x.bench == "counter")
    return side.counters;
  if (x.ordered)
    return side.ordered;
  return x.blobs ? side.blobs : side.handles;
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

grid::grid()
  : contenders_{kv_contender(),     boost_contender(), tbb_contender(),
                cuckoo_contender(), cds_contender(),   flat_contender(),
                absl_contender(),   btree_contender()} {
  add_reads("hot", 1);
  add_reads("1k", thousand);
  add_reads("1m", million);
  add_reads("10m", 10 * million);
  add_ordered("1k", thousand);
  add_ordered("1m", million);
  for (unsigned threads : {1U, 2U, 4U}) {
    const auto t = ".t" + std::to_string(threads);
    add("fill", "1m.uniform" + t, million, threads);
    add("erase", "1m.uniform" + t, million, threads);
    add("counter", "hot" + t, 1, threads);
    add("counter", "spread" + t, thousand, threads);
  }
  add("memory", "1m", million, 1);
}

void grid::add_reads(const std::string& rows, std::size_t n) {
  for (unsigned threads : {1U, 2U, 4U}) {
    const auto t = ".t" + std::to_string(threads);
    add("visit", rows + ".uniform" + t, n, threads);
    if (n > 1)
      add("visit", rows + ".zipf" + t, n, threads, distribution::zipf);
    add("lookup", rows + ".uniform" + t, n, threads);
    if (n == 1)
      continue;
    for (const auto* bench : {"miss", "visit_many", "mix95", "mix50"})
      add(bench, rows + ".uniform" + t, n, threads);
  }
  add("visit", rows + ".blob.t1", n, 1);
  add("fold", rows + ".t1", n, 1);
  add("fold_writer", rows + ".t1", n, 1);
  for (const auto* part : {".p50", ".p99", ".p999"})
    add("latency", rows + part, n, 1);
}

void grid::add_ordered(const std::string& rows, std::size_t n) {
  for (unsigned threads : {1U, 2U, 4U}) {
    const auto t = ".t" + std::to_string(threads);
    add("ordered_lookup", rows + ".uniform" + t, n, threads);
    add("ordered_lookup", rows + ".prefix" + t, n, threads);
    add("ordered_range", rows + ".uniform" + t, n, threads);
  }
}

void grid::add(std::string bench, std::string name, std::size_t rows,
               unsigned threads, distribution how) {
  if (rows == 1
      && (bench.starts_with("fold") || bench == "latency"
          || name.find("blob") != std::string::npos))
    return;
  cell_of_grid x{bench, name, "Mops/s", rows, how, threads};
  if (x.bench == "memory")
    x.unit = "bytes";
  if (bench == "latency" || bench.starts_with("fold"))
    x.unit = "ns";
  x.blobs = name.find("blob") != std::string::npos;
  x.ordered = x.bench.starts_with("ordered");
  if (name.find("prefix") != std::string::npos)
    x.prefix = common_prefix;
  x.erlang = !x.blobs;
  x.full_only = rows > million || threads > 2;
  cells_.push_back(std::move(x));
}

std::optional<double> grid::measure(const cell_of_grid& x,
                                    const contender& side) {
  const auto& make = maker(x, side);
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

subject& grid::filled(const cell_of_grid& x, const contender& side) {
  const auto name = std::to_string(x.rows) + (x.blobs ? "blobs" : "")
                    + (x.ordered ? "ordered" : "") + std::string{x.prefix};
  if (name != subjects_of_)
    subjects_.clear();
  subjects_of_ = name;
  auto& result = subjects_[side.name];
  if (!result) {
    result = maker(x, side)(x.rows);
    result->fill(0, x.rows, x.prefix);
  }
  return *result;
}

const std::vector<std::vector<std::string>>&
grid::orders(const cell_of_grid& x) {
  const bool misses = x.bench == "miss";
  const auto name = std::to_string(x.rows) + std::to_string(int(x.how))
                    + (misses ? "miss" : "") + std::string{x.prefix};
  if (name != orders_of_) {
    orders_of_ = name;
    orders_.clear();
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      orders_.push_back(draw_keys(misses ? 20 * million : 0, x.rows, x.how,
                                  x.rows == million ? 500'000 : 100'000,
                                  thread + 1));
      for (auto& key : orders_.back())
        key.insert(0, x.prefix);
    }
  }
  return orders_;
}

double grid::measure_reads(const cell_of_grid& x, const contender& side) {
  auto& map = filled(x, side);
  const auto& keys = orders(x);
  const auto what = operation_of(x.bench);
  const std::size_t turns = x.rows < million ? 40 : 1;
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

double grid::measure_ranges(const cell_of_grid& x, const contender& side) {
  auto& map = filled(x, side);
  const auto& keys = orders(x);
  constexpr std::size_t ranges = 10'000;
  const auto seconds = parallel(x.threads, [&](unsigned i) {
    map.run(operation::range, std::span(keys[i]).first(ranges));
  });
  return static_cast<double>(x.threads * ranges) / seconds / 1e6;
}

double grid::measure_life(const cell_of_grid& x, const contender& side) {
  auto map = maker(x, side)(x.rows);
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

double grid::measure_fold(const cell_of_grid& x, const contender& side) {
  auto& map = filled(x, side);
  const auto& keys = orders(x);
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

double grid::measure_latency(const cell_of_grid& x, const contender& side) {
  auto& map = filled(x, side);
  const auto& keys = orders(x);
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

double grid::measure_memory(const cell_of_grid& x, const contender& side) {
  subjects_.clear();
  static_cast<void>(handle{0}); // what handles refer to belongs to nobody
  malloc_trim(0);
  const auto before = allocated();
  auto map = maker(x, side)(x.rows);
  map->fill(0, x.rows);
  return static_cast<double>(allocated() - before)
         / static_cast<double>(x.rows);
}

double grid::measure_counter(const cell_of_grid& x, const contender& side) {
  auto map = maker(x, side)(x.rows);
  map->fill(0, x.rows);
  const auto& keys = orders(x);
  const auto seconds = parallel(x.threads, [&](unsigned i) {
    for (int turn = 0; turn < 20; ++turn)
      map->run(operation::count, keys[i]);
  });
  return 20.0 * x.threads * static_cast<double>(keys[0].size()) / seconds / 1e6;
}

} // namespace kv::bench
