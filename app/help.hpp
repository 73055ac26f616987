#pragma once

#include <string>

namespace kv::app {

/// Returns `kv 0.1.0 (CAF 0.17.6)`.
std::string version_text();

/// Returns what `kv --help` prints.
std::string help_text();

/// Returns what `kv COMMAND --help` prints.
/// @pre `command` is `shell` or one of `client_commands`.
std::string client_help_text(const std::string& command);

/// Returns what `kv serve --help` prints.
std::string serve_help_text();

} // namespace kv::app
