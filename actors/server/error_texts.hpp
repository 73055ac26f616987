#pragma once

#include "actors/base/error.hpp"

#include <string>
#include <string_view>

// What Redis replies, word for word.
namespace kv::server::error_text {

constexpr std::string_view wrong_type
  = "WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr std::string_view not_an_integer
  = "ERR value is not an integer or out of range";
constexpr std::string_view not_a_float = "ERR value is not a valid float";
constexpr std::string_view syntax = "ERR syntax error";
constexpr std::string_view overflow
  = "ERR increment or decrement would overflow";
constexpr std::string_view nan_or_infinity
  = "ERR increment would produce NaN or Infinity";
constexpr std::string_view cross_slot
  = "CROSSSLOT Keys in request don't hash to the same slot";
constexpr std::string_view no_such_key = "ERR no such key";

// Our own.
constexpr std::string_view no_memory
  = "OOM there is not enough memory for this request";
constexpr std::string_view ended = "ERR the application is ending";
constexpr std::string_view coming_back
  = "LOADING the bucket is being started again";

/// Returns why something failed, in the words that came with the reason.
inline std::string words_of(const caf::error& reason) {
  if (reason && reason.context().match_elements<std::string>())
    return reason.context().get_as<std::string>(0);
  return describe(reason);
}

/// What was asked for could not be kept.
inline std::string not_kept(const caf::error& reason) {
  return "MISCONF Errors writing to the data directory: " + words_of(reason);
}

inline std::string no_backup(const caf::error& reason) {
  return "ERR no backup was made: " + words_of(reason);
}

} // namespace kv::server::error_text
