// Measures the table beside its peers, in turn, and prints one JSON object a
// line: medians of the rounds; a ratio above 1 means ahead of the peer.

#include "tests/bench/common/peer.hpp"
#include "tests/bench/ets/measurer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <optional>

namespace kv::bench {

namespace {

double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs[xs.size() / 2];
}

bool less_is_better(const std::string& unit) {
  return unit == "ns" || unit == "bytes";
}

void report(const cell_of_grid& x, double ours, const std::string& peer_name,
            double theirs) {
  nlohmann::ordered_json row{{"bench", x.bench},
                             {"case", x.name},
                             {"unit", x.unit},
                             {"kv", ours},
                             {"peer_name", peer_name},
                             {"peer", theirs},
                             {"ratio", less_is_better(x.unit) ? theirs / ours
                                                              : ours / theirs}};
  std::cout << row.dump() << std::endl;
}

/// All sides once a round, in turn; whoever cannot do it is left out.
void run(const cell_of_grid& x, test_bed& bed, peer* erlang, int rounds,
         const std::string& only_peer) {
  measurer meter{bed};
  std::vector<std::pair<std::string, std::vector<double>>> results;
  for (int i = 0; i < rounds; ++i) {
    std::size_t column = 0;
    auto add = [&](const std::string& name, auto measure) {
      if (name != "kv" && !only_peer.empty() && name != only_peer)
        return;
      if (auto result = measure()) {
        if (i == 0)
          results.push_back({name, {}});
        results[column++].second.push_back(*result);
      }
    };
    for (auto& side : bed.contenders())
      add(side.name, [&] { return meter.measure(x, side); });
    if (erlang != nullptr && x.erlang)
      add("ets", [&]() -> std::optional<double> {
        return erlang->measure(x.bench + ' ' + x.name);
      });
  }
  const auto ours = median(results.at(0).second);
  for (std::size_t i = 1; i < results.size(); ++i)
    report(x, ours, results[i].first, median(results[i].second));
}

int main(const std::vector<std::string>& args) {
  if (args.size() < 2) {
    std::cerr << "usage: kv_bench_ets PEER-COMMAND ROUNDS [FILTER [PEER]]\n"
                 "The filter is part of `BENCH CASE`; rows named 10m or t4 run "
                 "with a filter only.\n";
    return 2;
  }
  const auto filter = args.size() > 2 ? args[2] : std::string{};
  const auto only_peer = args.size() > 3 ? args[3] : std::string{};
  std::optional<peer> erlang;
  if (!args[0].empty() && (only_peer.empty() || only_peer == "ets"))
    erlang.emplace(args[0]);
  test_bed bed;
  const grid all;
  for (const auto& x : all.cells()) {
    const auto name = x.bench + ' ' + x.name;
    if (filter.empty() ? !x.full_only : name.find(filter) != std::string::npos)
      run(x, bed, erlang ? &*erlang : nullptr, std::stoi(args[1]), only_peer);
  }
  return 0;
}

} // namespace

} // namespace kv::bench

int main(int argc, char** argv) {
  return kv::bench::main({argv + 1, argv + argc});
}
