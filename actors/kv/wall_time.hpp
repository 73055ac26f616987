#pragma once

#include "actors/kv/field.hpp"

#include <cstdint>
#include <limits>

namespace kv {

/// Far enough in either direction, and nothing overflows.
constexpr int64_t most_unix_time = std::numeric_limits<int64_t>::max() / 4;

/// Returns Unix time, in milliseconds.
int64_t unix_now() noexcept;

/// Converts a moment of Unix time, in milliseconds, to a deadline, and back.
/// Deadlines follow the steady clock, so that they stay where they are when
/// somebody sets the time. Thread safety: any thread.
deadline to_deadline(int64_t unix_time) noexcept;
int64_t to_unix(deadline x) noexcept;

} // namespace kv
