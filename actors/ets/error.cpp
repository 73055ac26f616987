#include "actors/ets/error.hpp"

namespace kv::ets {

namespace {

std::string message(errc code, std::string_view detail) {
  std::string text = "ets: ";
  text += to_string(code);
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return text;
}

} // namespace

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::no_such_table:
      return "no such table";
    case errc::name_taken:
      return "name taken";
    case errc::access_denied:
      return "access denied";
    case errc::wrong_type:
      return "wrong type";
    case errc::badarg:
      return "bad argument";
    case errc::system_limit:
      return "system limit";
    case errc::io:
      return "input or output failed";
    case errc::corrupt:
      return "corrupt file";
    case errc::full:
      return "table full";
  }
  return "unknown error";
}

error::error(errc code, std::string_view detail)
  : std::runtime_error(message(code, detail)), code_(code) {
  // nop
}

} // namespace kv::ets
