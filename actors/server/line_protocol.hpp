#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kv::server {

enum class line_verb : uint8_t { create, get, put, erase, subscribe, help };

/// A command of the guide's line protocol; the views point into its line.
struct line_command {
  line_verb verb;
  std::string_view bucket;
  std::string_view key;
  std::string_view value;
};

/// Splits at runs of Unicode white space, as Elixir's `String.split/1`:
/// no-break spaces do not split, bytes that are no UTF-8 pass through. Returns
/// at most `limit` words; what is behind them is dropped. Complexity: O(line).
std::vector<std::string_view> split_words(std::string_view line, size_t limit);

/// Parses one line without its end. Commands are upper case and have exactly as
/// many words as they need:
///
///     CREATE bucket | PUT bucket key value | GET bucket key
///     DELETE bucket key | SUBSCRIBE bucket | HELP
///
/// Returns nothing for everything else. Complexity: O(line).
std::optional<line_command> parse_line(std::string_view line);

} // namespace kv::server
