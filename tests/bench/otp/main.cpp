// Measures the parts of `actors/otp` beside Erlang's and Elixir's, in turn, and
// prints one JSON object a line: medians of the rounds; a ratio above 1 means
// ahead of the peer.

#include "actors/base/log.hpp"

#include "tests/bench/common/peer.hpp"
#include "tests/bench/otp/harness.hpp"

#include <iostream>
#include <optional>

namespace kv::bench {

namespace {

int main(const std::vector<std::string>& args) {
  if (args.size() < 2) {
    std::cerr << "usage: kv_bench_otp PEER-COMMAND ROUNDS [FILTER]\n";
    return 2;
  }
  log::init(log::level::off, ""); // actors are killed by the thousand
  std::optional<peer> other;
  if (!args[0].empty())
    other.emplace(args[0]);
  auto filter = args.size() > 2 ? args[2] : std::string{};
  std::vector<measurement> all;
  for (auto& group : {message_measurements(), name_measurements(),
                      event_measurements(), supervision_measurements()})
    all.insert(all.end(), group.begin(), group.end());
  run(all, other ? &*other : nullptr, std::stoi(args[1]), filter);
  return 0;
}

} // namespace

} // namespace kv::bench

int main(int argc, char** argv) {
  return kv::bench::main({argv + 1, argv + argc});
}
