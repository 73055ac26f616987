#pragma once

#include <string>
#include <vector>

namespace kv::app {

/// Checks a name that becomes a part of files and of classes.
/// Errors: throws `refusal` if it is no identifier in lower case, too long, or
/// a word of C++.
void check_name(const std::string& name);

/// Checks names that stand side by side.
/// Errors: as `check_name`; throws `refusal` for one that is given twice.
void check_names(const std::vector<std::string>& names);

} // namespace kv::app
