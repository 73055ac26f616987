// Measures what it costs to keep data, beside a redis-server that does the same
// on the same file system, in turn, with the load generator of the server's
// suite; prints one JSON object a line: medians of the rounds; a ratio above 1
// means ahead of the peer.

#include "actors/server/resp_writer.hpp"

#include "tests/bench/report.hpp"
#include "tests/bench/server/load.hpp"
#include "tests/bench/server/server_process.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kv::bench {

namespace {

namespace fs = std::filesystem;

/// What is said on the command line.
struct settings {
  std::array<std::string, 2> commands; ///< Ours and the peer's.
  std::string dir;                     ///< Where data are kept.
  int rounds = 3;
  std::string filter = {};

  bool wants(const std::string& bench, const std::string& name) const {
    return (bench + ' ' + name).find(filter) != std::string::npos;
  }
};

/// What each side calls a mode.
struct mode {
  std::string name;
  std::array<std::string, 2> options;
};

const mode always{
  "always", {"--durability always", "--appendonly yes --appendfsync always"}};
const mode everysec{"everysec",
                    {"--durability everysec",
                     "--appendonly yes --appendfsync everysec"}};
const mode none{"none", {"--durability none", "--appendonly no"}};

void replace(std::string& in, std::string_view what, const std::string& by) {
  for (auto at = in.find(what); at != std::string::npos;
       at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

/// A server, and the directory that it keeps its data in.
class keeping_server {
public:
  keeping_server(const settings& x, size_t side, const mode& how)
    : dir_(x.dir + "/" + how.name + std::to_string(side)),
      command_(x.commands[side]) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    replace(command_, "{dir}", dir_);
    replace(command_, "{mode}", how.options[side]);
    start();
  }

  keeping_server(const keeping_server&) = delete;

  keeping_server& operator=(const keeping_server&) = delete;

  ~keeping_server() {
    server_ = nullptr;
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }

  server_process& operator*() const {
    return *server_;
  }

  /// Ends it, and starts it again; returns how long the start takes, in
  /// seconds.
  double restart() {
    server_ = nullptr;
    auto begin = std::chrono::steady_clock::now();
    start();
    return std::chrono::duration<double>(std::chrono::steady_clock::now()
                                         - begin)
      .count();
  }

private:
  void start() {
    server_ = std::make_unique<server_process>(command_);
  }

  std::string dir_;
  std::string command_;
  std::unique_ptr<server_process> server_;
};

using samples = std::array<std::vector<double>, 2>;

void report(const std::string& bench, const std::string& name,
            const std::string& unit, const samples& xs) {
  print({bench, name, unit, median(xs[0]), "redis", median(xs[1])});
}

std::string name_of(const mode& how, const load& what) {
  return how.name + '.' + std::to_string(what.connections) + ".p"
         + std::to_string(what.pipeline);
}

constexpr size_t slices = 4; // of a round: what disturbs one spares the next
constexpr std::chrono::milliseconds slice{500};

// -- requests -----------------------------------------------------------------

/// Requests a second, and how long they take.
void measure_requests(const settings& x, const std::string& bench,
                      const mode& how, const load& what) {
  auto name = name_of(how, what);
  if (!x.wants(bench, name))
    return;
  const keeping_server ours{x, 0, how};
  const keeping_server theirs{x, 1, how};
  samples throughput;
  samples tails;
  for (const auto* side : {&ours, &theirs})
    prepare_load((**side).port(), what);
  for (size_t i = 0; i < static_cast<size_t>(x.rounds) * slices; ++i)
    for (size_t side = 0; side < 2; ++side) {
      auto result = run_load((*(side == 0 ? ours : theirs)).port(), what,
                             slice);
      throughput[side].push_back(static_cast<double>(result.requests)
                                 / result.seconds);
      tails[side].push_back(result.p99);
    }
  report(bench, name, "requests/s", throughput);
  report("latency", bench + '.' + name + ".p99", "us", tails);
}

// -- CPU ----------------------------------------------------------------------

/// Returns the CPU of a write, all threads together, in microseconds.
double cpu_of_write(server_process& on, const load& what) {
  auto before = on.cpu_seconds();
  auto result = run_load(on.port(), what, slice);
  constexpr double million = 1e6;
  return (on.cpu_seconds() - before) / static_cast<double>(result.requests)
         * million;
}

/// How many times the CPU of a write in mode `none` a write takes: that is what
/// keeping costs.
void measure_cost(const settings& x, const std::string& bench, const mode& how,
                  const load& what) {
  auto name = name_of(how, what);
  if (!x.wants(bench + "_cpu", name) && !x.wants(bench + "_cost", name))
    return;
  samples cpu;
  samples cost;
  const std::array<keeping_server, 2> kept{keeping_server{x, 0, how},
                                           keeping_server{x, 1, how}};
  const std::array<keeping_server, 2> plain{keeping_server{x, 0, none},
                                            keeping_server{x, 1, none}};
  for (size_t side = 0; side < 2; ++side) {
    prepare_load((*kept[side]).port(), what);
    prepare_load((*plain[side]).port(), what);
  }
  for (size_t i = 0; i < static_cast<size_t>(x.rounds) * slices; ++i)
    for (size_t side = 0; side < 2; ++side) {
      auto with = cpu_of_write(*kept[side], what);
      cpu[side].push_back(with);
      cost[side].push_back(with / cpu_of_write(*plain[side], what));
    }
  report(bench + "_cpu", name, "us", cpu);
  report(bench + "_cost", name, "%",
         {std::vector{median(cost[0]) * 100},
          std::vector{median(cost[1]) * 100}});
}

// -- start --------------------------------------------------------------------

/// Writes a million fields of 16 bytes with values of 16 bytes.
void fill(uint16_t port) {
  constexpr size_t buckets = 1000;
  constexpr size_t fields = 1000;
  for (size_t i = 0; i < buckets; ++i) {
    std::string request;
    server::resp_writer out{request};
    out.array(2 + 2 * fields);
    out.bulk("HSET");
    out.bulk("bucket" + std::to_string(i));
    for (size_t j = 0; j < fields; ++j)
      for (auto half = 0; half < 2; ++half)
        out.bulk(static_cast<int64_t>(1'000'000'000'000'000 + i * fields + j));
    std::string reply;
    server::resp_writer{reply}.integer(fields);
    ask(port, request, reply);
  }
  ask(port, "SAVE\r\n", "+OK\r\n");
}

void measure_start(const settings& x) {
  if (!x.wants("load", "1m"))
    return;
  samples seconds;
  // Redis loads its snapshot if it has no log.
  std::array<keeping_server, 2> both{keeping_server{x, 0, everysec},
                                     keeping_server{x, 1, none}};
  for (auto& one : both)
    fill((*one).port());
  for (auto round = 0; round < x.rounds; ++round)
    for (size_t side = 0; side < 2; ++side)
      seconds[side].push_back(both[side].restart());
  report("load", "1m", "s", seconds);
}

int main(const std::vector<std::string>& args) {
  if (args.size() < 4 || args.size() > 5) {
    std::cerr
      << "usage: kv_bench_durable COMMAND PEER-COMMAND DIRECTORY ROUNDS "
         "[FILTER]\n"
         "  {port} in a command stands for the port to listen on, {dir} "
         "for a directory,\n  {mode} for the options of the mode\n";
    return 2;
  }
  settings x{{args[0], args[1]}, args[2], std::stoi(args[3])};
  if (args.size() > 4)
    x.filter = args[4];
  constexpr size_t connections = 50;
  constexpr size_t buckets = 256;
  for (size_t pipeline : {1, 16}) {
    const load set{verb::set, connections, 1, pipeline};
    const load hset{verb::hset, connections, buckets, pipeline};
    measure_requests(x, "set", always, set);
    measure_requests(x, "hset", always, hset);
    measure_cost(x, "set", everysec, set);
    measure_cost(x, "hset", everysec, hset);
  }
  measure_start(x);
  return 0;
}

} // namespace

} // namespace kv::bench

int main(int argc, char** argv) {
  return kv::bench::main({argv + 1, argv + argc});
}
