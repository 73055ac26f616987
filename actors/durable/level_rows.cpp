#include "actors/durable/level_rows.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>

namespace kv::durable {

namespace {

constexpr size_t bytes = sizeof(uint64_t);
constexpr unsigned short_bits = 7;
constexpr unsigned more = 0x80; ///< Another byte follows.

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
  std::array<unsigned char, bytes> text{};
  boost::endian::store_big_u64(text.data(), x);
  to.append(text.begin(), text.end());
}

uint64_t take_number(std::string_view& from) {
  std::array<unsigned char, bytes> text{};
  std::copy_n(from.begin(), bytes, text.begin());
  from.remove_prefix(bytes);
  return boost::endian::load_big_u64(text.data());
}

void append_short(std::string& to, uint64_t x) {
  for (; x >= more; x >>= short_bits)
    to += static_cast<char>(x | more);
  to += static_cast<char>(x);
}

std::optional<uint64_t> take_short(std::string_view& from) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += short_bits) {
    auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    result |= uint64_t{byte & (more - 1)} << shift;
    if ((byte & more) == 0)
      return result;
  }
  return std::nullopt;
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
