#pragma once

#include <algorithm>
#include <string_view>

namespace kv::server {

/// Returns whether a client may have that name: visible ASCII.
inline bool is_client_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c >= '!' && c <= '~'; });
}

constexpr std::string_view bad_name
  = "ERR Client names cannot contain spaces, newlines or special characters.";

} // namespace kv::server
