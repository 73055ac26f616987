#pragma once

#include "app/config.hpp"
#include "app/options.hpp"

#include <functional>
#include <string>
#include <vector>

namespace kv::app {

/// Options that were read again.
struct reloaded_options {
  options opts;
  std::vector<std::string> need_restart; ///< Names of those that changed.
};

/// Reads all options again, from where they came.
/// Errors: throws `refusal`.
using reload_function = std::function<reloaded_options()>;

/// Runs the application's tree and its servers until a signal or the tree ends
/// them. Returns the program's exit status.
int serve(config& cfg, const options& opts,
          const reload_function& load_again = {});

} // namespace kv::app
