#pragma once

#include <string>
#include <string_view>

namespace kv::app {

/// A field of a bucket, as one line of a file:
///
///     {"bucket":"shopping","key":"milk","value":"1"}
///
/// What is not UTF-8 stands in base64, under `bucket64`, `key64`, `value64`.
struct record {
  std::string bucket;
  std::string key;
  std::string value;

  friend bool operator==(const record&, const record&) = default;
};

/// Returns a record as a line, without its end.
std::string to_json_line(const record& x);

/// Parses a line. Complexity: O(line).
/// Errors: throws `std::invalid_argument` with what was expected.
record parse_json_line(std::string_view line);

} // namespace kv::app
