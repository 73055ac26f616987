#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace kv::app::test {

/// How the program ended, what it said, and what it cost.
struct outcome {
  int status = -1;
  std::string out;
  std::string err;
  std::chrono::milliseconds cpu{0};
};

/// Runs `kv ARGS` in the current folder with these environment variables and
/// waits for it; it is killed after a minute.
outcome run_program(const std::vector<std::string>& args,
                    const std::vector<std::string>& environment = {});

} // namespace kv::app::test
