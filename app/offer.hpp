#pragma once

#include "app/option_table.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// What one source says about an option.
struct offer {
  std::vector<std::string> texts;
  std::string origin; ///< `command line`, `KV_BIND`, `caf-application.ini:12`.
};

using offers = std::map<const option_spec*, offer>;

/// Throws `refusal` with `status`, and a line that begins with `name`, unless
/// `x` can be the value of `spec`.
void check_offer(const option_spec& spec, const offer& x, exit_status status,
                 const std::string& name,
                 const std::vector<std::string>& actor_types);

/// Returns the end of a complaint: `, got "abc"`. What has quotes or brackets
/// of its own gets none.
std::string got(std::string_view text);

} // namespace kv::app
