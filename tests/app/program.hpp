#pragma once

#include <string>
#include <vector>

namespace kv::app::test {

/// How the program ended and what it said.
struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs `kv ARGS` in the current folder with these environment variables and
/// waits for it; it is killed after ten seconds.
outcome run_program(const std::vector<std::string>& args,
                    const std::vector<std::string>& environment = {});

} // namespace kv::app::test
