#pragma once

#include <cstddef>
#include <string_view>

namespace kv::otp {

/// Returns whether all of `text` matches a shell pattern: `*` is any number of
/// characters, `?` is one, `[a-c]` and `[^a-c]` one of a set; `\` takes the
/// next character literally. A set that is not closed is literal text.
/// Complexity: O(pattern * text) at worst, without recursion; gives up, with
/// false, after `max_steps` comparisons.
/// Thread safety: any thread.
bool matches(std::string_view pattern, std::string_view text,
             size_t max_steps = 100'000) noexcept;

} // namespace kv::otp
