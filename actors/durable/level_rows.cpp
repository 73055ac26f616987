#include "actors/durable/level_rows.hpp"

namespace kv::durable {

namespace {

constexpr unsigned bits = 8;
constexpr unsigned bytes = sizeof(uint64_t);

} // namespace

void append_number(std::string& to, uint64_t x) {
  for (auto i = bytes; i > 0; --i)
    to += static_cast<char>(x >> (bits * (i - 1)) & 0xff);
}

uint64_t take_number(std::string_view& from) {
  uint64_t result = 0;
  for (auto c : from.substr(0, bytes))
    result = result << bits | static_cast<unsigned char>(c);
  from.remove_prefix(bytes);
  return result;
}

std::optional<uint64_t> number_of(std::string_view text) {
  if (text.size() != bytes)
    return std::nullopt;
  return take_number(text);
}

std::string number_text(uint64_t x) {
  std::string result;
  append_number(result, x);
  return result;
}

std::string newer_version_text(uint64_t format) {
  return "written by a newer version (format " + std::to_string(format)
         + ", known is " + std::to_string(format_version) + ')';
}

std::string fields_key(uint64_t id) {
  std::string result{field_prefix};
  append_number(result, id);
  return result;
}

} // namespace kv::durable
