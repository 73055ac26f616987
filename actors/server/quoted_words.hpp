#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace kv::server {

/// Splits a line at white space into words as Redis does with inline commands,
/// and appends them to `words`. A part of a word in double quotes may hold
/// blanks and the escapes \n \r \t \b \a \xHH, where `\` before anything else
/// stands for that; one in single quotes knows `\'` alone. A closing quote ends
/// its word: white space or the end of the line must follow.
///
/// The words point into the line, which is rewritten in place where it has
/// quotes. A zero byte is a byte like any other.
///
/// Complexity: O(line), no allocation but of `words`. Errors: returns false
/// for unbalanced quotes; line and `words` are unspecified then. Source: the
/// behaviour of Redis 7.0's `sdssplitargs`.
bool split_quoted(std::span<char> line, std::vector<std::string_view>& words);

} // namespace kv::server
