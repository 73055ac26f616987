#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv::server {

/// Reads a 64-bit integer as Redis does: no blanks, no plus, no leading zeros.
std::optional<int64_t> to_integer(std::string_view text) noexcept;

/// Reads a decimal number as Redis does for HINCRBYFLOAT; not `nan`.
std::optional<long double> to_number(std::string_view text);

/// Returns the shortest of 17 digits behind the point that says the same, in
/// plain notation, as Redis writes the sums of HINCRBYFLOAT.
std::string to_text(long double x);

} // namespace kv::server
