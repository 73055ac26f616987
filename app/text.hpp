#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// Returns `text` with its control characters written as `\x0a`.
std::string on_one_line(std::string_view text);

/// Returns at most 60 bytes of `text`, on one line.
std::string shortened(std::string_view text);

/// Returns at most 60 bytes of `text`, on one line and in double quotes.
std::string in_quotes(std::string_view text);

/// Returns `"; did you mean X?"` for the candidate that differs from `text` by
/// at most two letters, or nothing.
std::string suggestion(std::string_view text,
                       const std::vector<std::string>& candidates);

/// Returns `text` without blanks at both ends.
std::string_view trimmed(std::string_view text);

} // namespace kv::app
