#pragma once

#include "app/config.hpp"
#include "app/option_table.hpp"
#include "app/options.hpp"

#include <map>
#include <string>
#include <vector>

namespace kv::app {

/// One occurrence of an option on the command line.
struct given_option {
  const option_spec* spec = nullptr;
  std::string text;
};

/// Where options come from, the configuration file aside.
struct sources {
  std::vector<given_option> command_line;
  std::map<std::string, std::string> environment; ///< Variables called `KV_*`.
  std::vector<std::string> actor_types;           ///< What `--with` accepts.
};

/// The effective texts of an option and where they come from: `default`,
/// `command line`, `KV_LINE_PORT` or `caf-application.ini:12`.
struct setting {
  const option_spec* spec = nullptr;
  std::vector<std::string> texts;
  std::string origin;
};

struct settings {
  options opts;
  std::vector<setting> ours; ///< In the order of `option_table`.
  std::map<std::string, std::string> caf_origins; ///< By key with its section.
};

/// Collects all options: the command line before the environment before the
/// configuration file before defaults. The file is the one that `--config` or
/// `KV_CONFIG` names, else `./caf-application.ini`, else the installed one.
/// What it says to CAF is put into `cfg`; unless it sets
/// `scheduler.max-threads`, CAF gets one worker for each core without an io
/// thread. An empty variable counts as not set. Errors: throws `refusal` with
/// the first mistake: nothing that was said is ignored, even where something
/// else takes precedence. KV_PASSWORD holds a password itself: it gives way to
/// a `--password-file` alone.
settings load_settings(config& cfg, const sources& from);

/// Returns the names of the options that differ, and that take effect with a
/// start alone.
std::vector<std::string> need_restart(const settings& before,
                                      const settings& after);

} // namespace kv::app
