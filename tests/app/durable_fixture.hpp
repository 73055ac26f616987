#pragma once

#include "tests/app/serve_fixture.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The program with a data directory, and what others do to it.

namespace kv::app::test {

inline std::vector<std::string> keeping(const std::string& dir,
                                        const std::string& mode = "always") {
  return {"--data-dir", dir, "--durability", mode, "--log-level", "off"};
}

inline std::string here(const std::string& name) {
  return (std::filesystem::current_path() / name).string();
}

inline std::optional<std::string> get(line_client& from,
                                      const std::string& key) {
  auto line = from.ask("GET b " + key);
  if (line == "NOT FOUND" || from.read_line() != "OK" || line.empty())
    return std::nullopt;
  return line;
}

/// Returns whether a command succeeds: whether a test can be done here.
inline bool works(std::vector<std::string> words) {
  try {
    return process{std::move(words)}.wait() == 0;
  } catch (const std::exception&) {
    return false;
  }
}

/// A test that cannot be done says so, and why.
inline bool skipped(bool possible, const std::string& reason) {
  if (!possible)
    WARN("skipped: " + reason);
  return !possible;
}

} // namespace kv::app::test
