#pragma once

#include "app/settings.hpp"

#include <string>
#include <vector>

namespace kv::app {

/// What the program is asked to do.
enum class action {
  serve,
  help,
  serve_help,
  version,
  print_config,
  client,
  client_help,
};

struct command_line {
  action what = action::serve;
  std::vector<given_option> options; ///< Their texts are not checked yet.
  std::string command;               ///< Of a client, as `get` or `shell`.
  std::vector<std::string> operands;
};

/// Parses the words behind the program's name. Without a command: `serve`.
/// Behind a client's command only words that begin with two dashes are options,
/// and none behind `--`: values may be negative numbers.
/// Errors: throws `refusal` with `exit_status::usage`.
command_line parse_command_line(const std::vector<std::string>& args);

} // namespace kv::app
