#include "tests/bench/ets/grid.hpp"

#include <utility>

namespace kv::bench {

namespace {

constexpr std::size_t thousand = 1'000;
constexpr std::size_t million = 1'000'000;

} // namespace

grid::grid() {
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

} // namespace kv::bench
