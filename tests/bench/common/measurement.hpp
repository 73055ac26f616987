#pragma once

#include "tests/bench/common/peer.hpp"
#include "tests/bench/report.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kv::bench {

using clock = std::chrono::steady_clock;

/// Returns the seconds since `from`.
inline double since(clock::time_point from) {
  return std::chrono::duration<double>(clock::now() - from).count();
}

/// Returns millions of operations a second.
inline double mops(size_t operations, double seconds) {
  return static_cast<double>(operations) / seconds / 1e6;
}

/// One measurement: what it is called and how it is made.
struct measurement {
  std::string bench;
  std::string name;
  std::string unit;
  std::string peer_case; ///< What the peer calls its own; empty if it has none.
  std::string peer_name;
  std::function<double()> measure;
  /// How the peer is measured, if not by asking it for `peer_case`.
  std::function<double()> measure_peer = {};
  /// Called after the last round.
  std::function<void()> finish = [] {};
};

/// Measures both sides `rounds` times, in turn, and prints the medians.
/// @param other May be null.
inline void run(const measurement& x, peer* other, int rounds) {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int i = 0; i < rounds; ++i) {
    ours.push_back(x.measure());
    if (x.measure_peer && other != nullptr)
      theirs.push_back(x.measure_peer());
    else if (other != nullptr && !x.peer_case.empty())
      theirs.push_back(other->measure(x.peer_case));
  }
  x.finish();
  print({x.bench, x.name, x.unit, median(ours), x.peer_name,
         theirs.empty() ? std::nullopt : std::optional{median(theirs)}});
}

/// Runs those of `all` whose `BENCH CASE` has `filter` in it.
inline void run(const std::vector<measurement>& all, peer* other, int rounds,
                const std::string& filter) {
  for (auto& x : all)
    if ((x.bench + ' ' + x.name).find(filter) != std::string::npos)
      run(x, other, rounds);
}

} // namespace kv::bench
