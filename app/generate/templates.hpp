#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kv::app {

/// Returns the text of a file below `templates`, without its suffix `.in`.
/// The build puts these files into the program.
/// @pre There is one of that name.
std::string_view template_text(std::string_view name);

/// Returns a template with every `@word@` replaced by what stands for it.
/// Complexity: linear in the result.
std::string fill_template(std::string_view name,
                          const std::map<std::string, std::string>& words);

} // namespace kv::app
