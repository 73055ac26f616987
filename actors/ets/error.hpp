#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kv::ets {

/// Why an operation on a table was refused; the numbers are stable.
enum class errc : std::uint8_t {
  /// The table is closed, the handle is empty, or no table has that name.
  no_such_table = 1,
  /// A table of this name is open already.
  name_taken,
  /// The table's access mode does not grant what was asked for.
  access_denied,
  /// The table of this name holds another row type, key or kind.
  wrong_type,
  /// An argument breaks the contract, e.g. an update that changes the key.
  badarg,
  /// A number would not fit, e.g. a counter.
  system_limit,
  /// A file cannot be read or written.
  io,
  /// A file is not what was written: cut off, changed, or of another format.
  corrupt,
  /// The table holds as much as it may, and nothing may be evicted.
  full,
};

/// Returns the text of `code`, e.g. "no such table".
/// Thread safety: any thread. Errors: none.
std::string_view to_string(errc code) noexcept;

/// Thrown on misuse of a table; the absence of a row is never an error.
class error : public std::runtime_error {
public:
  /// Makes an error whose what() is "ets: <text of code>[: <detail>]".
  explicit error(errc code, std::string_view detail = {});

  /// The reason, for programs.
  errc code() const noexcept {
    return code_;
  }

private:
  errc code_;
};

} // namespace kv::ets
