#include "actors/durable/level_rows.hpp"

namespace kv::durable {

namespace {

constexpr unsigned bits = 8;
constexpr unsigned bytes = sizeof(uint64_t);

} // namespace

std::string text_of(const bucket_row& x) {
  std::string result;
  append_number(result, x.id);
  append_number(result, static_cast<uint64_t>(x.expires));
  result += x.ephemeral ? '1' : '0';
  if (x.mode)
    result += to_string(*x.mode).front();
  return result;
}

bucket_row bucket_row_of(std::string_view text) {
  bucket_row result;
  result.id = take_number(text);
  result.expires = static_cast<int64_t>(take_number(text));
  result.ephemeral = text.starts_with('1');
  for (auto mode : {durability::none, durability::everysec, durability::always})
    if (text.substr(1) == to_string(mode).substr(0, 1))
      result.mode = mode;
  return result;
}

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

std::string journal_key(uint64_t number) {
  std::string result{journal_prefix};
  append_number(result, number);
  return result;
}

} // namespace kv::durable
