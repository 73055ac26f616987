#pragma once

#include <string_view>

namespace kv::server {

/// Returns whether a text matches a pattern of Redis's KEYS: `*`, `?`, `[abc]`,
/// `[^a-c]`, and `\` before a character that stands for itself.
/// Complexity: O(text * pattern), no recursion. Source: the behaviour of Redis
/// 7.0's `stringmatchlen`.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

} // namespace kv::server
