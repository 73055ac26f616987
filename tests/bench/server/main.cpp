// Measures a server of Redis's protocol beside a redis-server, in turn, with
// the same load generator on one thread; prints one JSON object a line: medians
// of the rounds; a ratio above 1 means ahead of the peer.

#include "actors/server/resp_writer.hpp"

#include "tests/bench/report.hpp"
#include "tests/bench/server/load.hpp"
#include "tests/bench/server/server_process.hpp"

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace kv::bench {

namespace {

/// What is said on the command line.
struct settings {
  std::array<std::string, 2> commands; ///< Ours and the peer's.
  int rounds = 3;
  std::string filter = {};
};

/// A server of each side.
struct pair_of_servers {
  explicit pair_of_servers(const settings& x)
    : servers{server_process{x.commands[0]}, server_process{x.commands[1]}} {
    // nop
  }

  std::array<server_process, 2> servers;
};

using samples = std::array<std::vector<double>, 2>;

void report(const std::string& bench, const std::string& name,
            const std::string& unit, const samples& xs) {
  kv::bench::print({bench, name, unit, median(xs[0]), "redis", median(xs[1])});
}

/// Measures both sides in turn. A figure below zero counts as zero: memory may
/// shrink.
void measure_in_turn(const settings& x, const std::string& bench,
                     const std::string& name, const std::string& unit,
                     const std::function<double(server_process&)>& measure) {
  samples figures;
  for (auto round = 0; round < x.rounds; ++round) {
    pair_of_servers both{x};
    for (size_t side = 0; side < 2; ++side)
      figures[side].push_back(std::max(0.0, measure(both.servers[side])));
  }
  report(bench, name, unit, figures);
}

// -- requests -----------------------------------------------------------------

void measure_load(const settings& x, const std::string& bench,
                  const std::string& name, const load& what) {
  using namespace std::chrono_literals;
  constexpr auto slices = 4; // of a round: what disturbs one spares the next
  pair_of_servers both{x};
  for (auto& server : both.servers)
    prepare_load(server.port(), what);
  samples throughput;
  samples cpu;
  samples medians;
  samples tails;
  for (auto slice = 0; slice < x.rounds * slices; ++slice)
    for (size_t side = 0; side < 2; ++side) {
      auto& server = both.servers[side];
      auto before = server.cpu_seconds();
      auto result = run_load(server.port(), what, 250ms);
      auto requests = static_cast<double>(result.requests);
      cpu[side].push_back((server.cpu_seconds() - before) / requests * 1e6);
      throughput[side].push_back(requests / result.seconds);
      medians[side].push_back(result.median);
      tails[side].push_back(result.p99);
    }
  report(bench, name, "requests/s", throughput);
  report(bench + "_cpu", name, "us", cpu);
  if (what.pipeline == 1) {
    report("latency", bench + '.' + name + ".median", "us", medians);
    report("latency", bench + '.' + name + ".p99", "us", tails);
  }
}

void measure_loads(const settings& x) {
  struct row {
    std::string bench;
    verb what;
    size_t buckets;
  };
  const std::vector<row> rows{
    {"get", verb::get, 1},   {"set", verb::set, 1},
    {"hget", verb::hget, 1}, {"hget", verb::hget, 256},
    {"hset", verb::hset, 1}, {"hset", verb::hset, 256},
  };
  constexpr size_t connections = 50;
  for (const auto& [bench, what, buckets] : rows)
    for (size_t pipeline : {1, 16, 64}) {
      auto name = std::to_string(connections);
      if (what == verb::hget || what == verb::hset)
        name += ".b" + std::to_string(buckets);
      name += ".p" + std::to_string(pipeline);
      if ((bench + ' ' + name).find(x.filter) != std::string::npos)
        measure_load(x, bench, name, {what, connections, buckets, pipeline});
    }
}

// -- what it takes to be there ------------------------------------------------

double bytes_per_connection(server_process& measured) {
  constexpr size_t count = 9'900; // Redis takes 10,000
  auto before = measured.resident_bytes();
  idle_connections all{measured.port(), count};
  return (measured.resident_bytes() - before) / static_cast<double>(count);
}

/// Of a field with 16 bytes and a value with 16 bytes, in one bucket.
double bytes_per_field(server_process& measured) {
  constexpr size_t count = 1'000'000;
  constexpr size_t step = 1000;
  auto before = measured.resident_bytes();
  for (size_t number = 0; number < count;) {
    std::string request;
    server::resp_writer out{request};
    out.array(2 + 2 * step);
    out.bulk("HSET");
    out.bulk("bucket");
    for (size_t i = 0; i < step; ++i, ++number)
      for (auto half = 0; half < 2; ++half)
        out.bulk(static_cast<int64_t>(1'000'000'000'000'000 + number));
    std::string reply;
    server::resp_writer{reply}.integer(step);
    ask(measured.port(), request, reply);
  }
  return (measured.resident_bytes() - before) / static_cast<double>(count);
}

/// Returns what part of a core a server takes that has nothing to do.
double idle_percent(server_process& measured) {
  using namespace std::chrono_literals;
  constexpr auto duration = 3s;
  auto before = measured.cpu_seconds();
  std::this_thread::sleep_for(duration);
  auto used = measured.cpu_seconds() - before;
  return used / std::chrono::duration<double>(duration).count() * 100;
}

void measure_presence(const settings& x) {
  auto wanted = [&](const std::string& name) {
    return name.find(x.filter) != std::string::npos;
  };
  if (wanted("connections 9900"))
    measure_in_turn(x, "connections", "9900", "bytes", bytes_per_connection);
  if (wanted("memory 1m"))
    measure_in_turn(x, "memory", "1m", "bytes", bytes_per_field);
  if (wanted("idle 0"))
    measure_in_turn(x, "idle", "0", "%", idle_percent);
}

/// Takes as many descriptors as it may.
void raise_limits() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

int main(const std::vector<std::string>& args) {
  if (args.size() < 3 || args.size() > 4) {
    std::cerr << "usage: kv_bench_server COMMAND PEER-COMMAND ROUNDS [FILTER]\n"
                 "  {port} in a command stands for the port to listen on\n";
    return 2;
  }
  settings x{{args[0], args[1]}, std::stoi(args[2])};
  if (args.size() > 3)
    x.filter = args[3];
  raise_limits();
  measure_loads(x);
  measure_presence(x);
  return 0;
}

} // namespace

} // namespace kv::bench

int main(int argc, char** argv) {
  return kv::bench::main({argv + 1, argv + argc});
}
