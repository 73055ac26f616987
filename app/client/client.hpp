#pragma once

#include "app/client/server_link.hpp"
#include "app/options.hpp"

#include <string>
#include <vector>

namespace kv::app {

/// Returns where the server of these options is to be found from here.
server_address address_of(const options& opts);

/// Runs `kv NAME OPERAND...` against a server, the shell if that is the name.
/// Returns the program's exit status; complaints go to standard error.
int run_client(const std::string& name, const std::vector<std::string>& args,
               const options& opts);

} // namespace kv::app
