#pragma once

#include <caf/config_value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// One `key = value` of a configuration file.
struct ini_entry {
  std::string key; ///< With its section: `kv.line-port`.
  int line = 0;
  caf::config_value value;
  std::string text; ///< The value as it is written in the file.
};

/// The head of a section, or of a map that is written as `name { ... }`.
struct ini_section {
  std::string name;
  int line = 0;
};

/// Where and why reading a file ended early.
struct ini_mistake {
  std::string key; ///< The key whose value cannot be read, or empty.
  int line = 0;    ///< 0: it concerns the whole file.
  std::string text;
};

/// What a configuration file says, in its order.
struct ini_file {
  std::vector<ini_entry> entries;
  std::vector<ini_section> sections;
  std::optional<ini_mistake> mistake;
};

/// Parses `text` with CAF's own grammar. CAF's reader drops what it does not
/// expect and forgets lines; this one keeps both. A byte order mark and CRLF
/// are accepted.
/// Complexity: O(size of `text`). Thread safety: any thread.
/// Errors: does not throw for any text, see `ini_file::mistake`.
ini_file parse_ini(std::string_view text);

/// Returns the content of the file `path`, or nothing if there is no such file.
/// Errors: throws `refusal` for what cannot be read, is no regular file, or is
/// larger than 1 MiB.
std::optional<std::string> read_config_file(const std::string& path);

} // namespace kv::app
