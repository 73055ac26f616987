#pragma once

#include "app/config.hpp"
#include "app/options.hpp"

namespace kv::app {

/// Runs the application's tree and its servers until a signal or the tree ends
/// them. Returns the program's exit status.
int serve(config& cfg, const options& opts);

} // namespace kv::app
