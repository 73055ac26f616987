// An application of somebody else's whose buckets come back.

#include "actors/durable/level_engine.hpp"
#include "actors/kv/application.hpp"
#include "actors/kv/keeper.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace {

/// Starts an application that keeps its data in a folder, and adds one to a
/// count there.
int count_starts(const char* folder) {
  kv::keeper keeper{std::make_unique<kv::durable::level_engine>(folder)};
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  kv::application app{sys};
  while (!keeper.wait_back(std::chrono::milliseconds{100}))
    ; // what was kept is coming back
  auto starts = app.client().create("starts");
  auto count = starts.get_as<int>("count").value_or(0) + 1;
  starts.put("count", nlohmann::json(count)); // acknowledged: it is kept
  return count;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return EXIT_FAILURE;
  std::cout << "start " << count_starts(argv[1]) << '\n';
}
