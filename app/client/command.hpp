#pragma once

#include "app/client/server_link.hpp"
#include "app/options.hpp"

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// Why a command did not do what it was asked for: one line, and the program's
/// exit status.
class command_failure : public std::runtime_error {
public:
  command_failure(exit_status status, const std::string& line)
    : std::runtime_error(line), status_(status) {
    // nop
  }

  exit_status status() const noexcept {
    return status_;
  }

private:
  exit_status status_;
};

/// What commands use.
struct command_context {
  server_link& server;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool progress = false; ///< Whether `err` is a terminal.
  /// Returns whether to stop what lasts until someone stops it. May wait for a
  /// moment, but not for longer.
  std::function<bool()> stopped = [] { return false; };
};

using operands = std::span<const std::string>;

/// What commands use that work on files, without a server.
struct offline_context {
  const options& opts;
  std::ostream& out;
  std::ostream& err;
  bool progress = false; ///< Whether `err` is a terminal.
};

/// A command for people and scripts.
struct client_command {
  static constexpr size_t any = std::numeric_limits<size_t>::max();

  std::string_view name;
  std::string_view usage; ///< Its operands, as in `BUCKET KEY`.
  std::string_view summary;
  size_t least; ///< Operands.
  size_t most;
  /// What its operands are: `b`ucket, `k`ey, something `-` else.
  std::string_view kinds;
  /// Errors: throws `command_failure` or `cannot_connect`.
  void (*run)(command_context&, operands);
  /// In place of `run`, which is null: without a server, and not in the shell.
  void (*run_offline)(const offline_context&, operands) = nullptr;
};

/// All of them, but `shell` and `help`.
std::span<const client_command> client_commands();

/// Returns the command called `name`, or null.
const client_command* find_client_command(std::string_view name);

/// Runs a command if it has as many operands as it needs.
/// Errors: as `client_command::run`.
void run_client_command(const client_command& what, command_context& context,
                        operands args);

/// The same for those without a server.
void run_offline_command(const client_command& what,
                         const offline_context& context, operands args);

/// Returns the names of all of them.
std::vector<std::string> client_command_names();

/// Returns the names of those that the shell has.
std::vector<std::string> online_command_names();

/// Returns a request's reply.
/// Errors: throws `command_failure` if it is an error.
reply ask(command_context& context, const server_link::words& request);

/// Throws `command_failure` if `x` is an error.
void check_reply(const reply& x);

/// Throws the `command_failure` that says that there is no such bucket, and
/// which one may be meant.
[[noreturn]] void no_such_bucket(command_context& context,
                                 const std::string& name);

/// Returns the names of all buckets and strings, sorted.
std::vector<std::string> all_names(command_context& context);

/// Returns the names of all buckets, sorted.
std::vector<std::string> bucket_names(command_context& context);

// The groups of the table, each in a file of its own.
std::span<const client_command> data_commands();
std::span<const client_command> look_commands();
std::span<const client_command> offline_commands();
std::span<const client_command> transfer_commands();

} // namespace kv::app
