#pragma once

#include "app/settings.hpp"

#include <string>

namespace kv::app {

/// Returns every value, ours and CAF's, in the grammar of a configuration file,
/// each with its origin as a comment.
std::string print_config(const config& cfg, const settings& from);

/// Returns `x` in CAF's grammar, so that CAF reads the same value back.
std::string to_ini(const caf::config_value& x);

} // namespace kv::app
