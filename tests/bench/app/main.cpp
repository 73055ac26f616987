// Measures the application beside its peer, in turn, and prints one JSON object
// a line: medians of the rounds; a ratio above 1 means ahead of the peer.

#include "tests/bench/app/harness.hpp"
#include "tests/bench/common/peer.hpp"
#include "tests/bench/report.hpp"

#include <iostream>
#include <optional>

namespace kv::bench {

namespace {

int main(const std::vector<std::string>& args) {
  if (args.size() < 3) {
    std::cerr
      << "usage: kv_bench_app PEER-COMMAND KV-PROGRAM ROUNDS [FILTER]\n";
    return 2;
  }
  std::optional<peer> other;
  if (!args[0].empty())
    other.emplace(args[0]);
  auto* there = other ? &*other : nullptr;
  auto filter = args.size() > 3 ? args[3] : std::string{};
  std::vector<measurement> all;
  for (auto& group :
       {table_measurements(), bucket_measurements(), create_measurements(),
        life_measurements(), line_measurements(args[1], there)})
    all.insert(all.end(), group.begin(), group.end());
  run(all, there, std::stoi(args[2]), filter);
  return 0;
}

} // namespace

} // namespace kv::bench

int main(int argc, char** argv) {
  return kv::bench::main({argv + 1, argv + argc});
}
