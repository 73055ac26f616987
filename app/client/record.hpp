#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kv::app {

/// Something that a server keeps, as one line of a file: a field of a bucket, a
/// bucket, or a string.
///
///     {"bucket":"shopping","key":"milk","value":"1"}
///     {"bucket":"shopping"}
///     {"string":"greeting","value":"hello","expires":1767225600000}
///
/// What is not UTF-8 stands in base64, under `bucket64`, `key64` and so on.
struct record {
  enum class kind : uint8_t { field, bucket, string };

  kind what = kind::field;
  std::string name; ///< Of the bucket or the string.
  std::string key;
  std::string value;
  int64_t expires = 0; ///< Milliseconds since 1970; 0: never.

  friend bool operator==(const record&, const record&) = default;
};

/// Returns a record as a line, without its end.
std::string to_json_line(const record& x);

/// Parses a line. Complexity: O(line).
/// Errors: throws `std::invalid_argument` with what was expected.
record parse_json_line(std::string_view line);

} // namespace kv::app
