#pragma once

#include <cstddef>
#include <string_view>

namespace kv {

/// Returns whether a text matches a pattern of Redis's KEYS: `*`, `?`, `[abc]`,
/// `[^a-c]`, and `\` before a character that stands for itself.
/// A set without `]` ends with the pattern.
/// Complexity: O(text * pattern), no recursion; gives up, with false, after
/// `max_steps` comparisons. Thread safety: any thread.
/// Source: the behaviour of Redis 7.0's `stringmatchlen`.
bool glob_matches(std::string_view pattern, std::string_view text,
                  std::size_t max_steps = 1'000'000) noexcept;

} // namespace kv
