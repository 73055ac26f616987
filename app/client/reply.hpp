#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv::app {

/// What a server says to a request.
struct reply {
  enum class kind : uint8_t { status, error, integer, bytes, null, list };

  kind what = kind::null;
  std::string text; ///< Of a status, an error or bytes.
  int64_t number = 0;
  std::vector<reply> items;

  bool is_error() const noexcept {
    return what == kind::error;
  }
};

/// Returns a reply as people read it on a terminal: bytes in quotes, items
/// numbered, as redis-cli shows them.
std::string pretty(const reply& x);

/// Returns a reply for programs: the bytes, one item a line.
std::string plain(const reply& x);

/// Returns bytes in double quotes, the unprintable ones escaped; a server takes
/// that in an inline request.
std::string quoted(std::string_view bytes);

} // namespace kv::app
