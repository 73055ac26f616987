#pragma once

#include "app/settings.hpp"

#include <string>
#include <vector>

namespace kv::app {

/// What the program is asked to do.
enum class action { serve, help, serve_help, version, print_config };

struct command_line {
  action what = action::serve;
  std::vector<given_option> options; ///< Their texts are not checked yet.
};

/// Parses the words behind the program's name. Without a command: `serve`.
/// Errors: throws `refusal` with `exit_status::usage`.
command_line parse_command_line(const std::vector<std::string>& args);

} // namespace kv::app
