#pragma once

#include "actors/server/command.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kv::server {

/// The words of SCAN and HSCAN behind the name and the key.
struct scan_options {
  /// So many rows are looked at in one step, whatever COUNT says.
  static constexpr size_t most_rows = 10000;

  uint64_t cursor = 0;
  size_t count = 10;
  std::optional<std::string_view> pattern = std::nullopt;
  std::optional<std::string_view> type = std::nullopt; ///< Of SCAN alone.

  /// Returns whether a name passes the pattern.
  bool matches(std::string_view name) const;
};

/// Reads a cursor. Replies and returns nothing if it is none.
std::optional<uint64_t> read_cursor(std::string_view text, resp_writer& out);

/// Reads the words of a request from the cursor on. Replies and returns nothing
/// if they are wrong.
/// @param first Where the cursor is.
std::optional<scan_options> read_scan_options(arguments args, size_t first,
                                              bool with_type, resp_writer& out);

} // namespace kv::server
