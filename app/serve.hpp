#pragma once

#include "actors/otp/child_spec.hpp"
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
/// them. Returns the program's exit status. Ends the process if that takes too
/// long, because an actor blocks or does not want to end.
/// @param children Started after the application's own.
int serve(config& cfg, const options& opts,
          const std::vector<otp::child_spec>& children = {},
          const reload_function& load_again = {});

} // namespace kv::app
