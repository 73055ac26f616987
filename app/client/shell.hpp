#pragma once

#include "app/client/command.hpp"

namespace kv::app {

/// Reads commands from a terminal, or from standard input if that is none, and
/// runs them until `quit` or its end. Lower-case words are commands of
/// `client_commands`, others are Redis commands as they are. Returns `failed`
/// if one of a script failed. Errors: throws `cannot_connect` when the
/// connection fails.
exit_status run_shell(command_context& context);

} // namespace kv::app
