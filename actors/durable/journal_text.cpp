#include "actors/durable/journal_text.hpp"

#include "actors/durable/level_rows.hpp"

#include <cstddef>

// A change begins with a byte that says which parts follow: the owner's number,
// the size of the key, the key; unless it was erased, the expiry, if there is
// one, the size of the value, the value. Sizes and owners are short numbers.
//
// Before version 4 it was 1 if the field was erased else 0, as text, the sizes
// of key and value, 4 bytes each, and both as in the field's row.

namespace kv::durable {

namespace {

constexpr unsigned char is_short = 0x80;
constexpr unsigned char is_erased = 1;
constexpr unsigned char has_expiry = 2;

std::optional<std::string_view> take_text(std::string_view& from) {
  auto size = take_short(from);
  if (!size || *size > from.size())
    return std::nullopt;
  auto result = from.substr(0, *size);
  from.remove_prefix(*size);
  return result;
}

size_t take_length(std::string_view& from) {
  constexpr size_t length_size = 4;
  constexpr unsigned bits = 8;
  size_t result = 0;
  for (auto c : from.substr(0, length_size))
    result = result << bits | static_cast<unsigned char>(c);
  from.remove_prefix(length_size);
  return result;
}

std::optional<field_change> take_long_change(std::string_view& from) {
  constexpr size_t lengths_size = 8;
  field_change result;
  result.erased = from.front() == '1';
  from.remove_prefix(1);
  if (from.size() < lengths_size)
    return std::nullopt;
  auto key_size = take_length(from);
  auto value_size = take_length(from);
  auto least = result.erased ? 0 : sizeof(uint64_t);
  if (from.size() < key_size + value_size || value_size < least
      || key_size < field_prefix.size() + sizeof(uint64_t))
    return std::nullopt;
  result.key = from.substr(field_prefix.size(), key_size - field_prefix.size());
  result.owner = take_number(result.key);
  result.value = from.substr(key_size, value_size);
  if (!result.erased)
    result.expires = static_cast<int64_t>(take_number(result.value));
  from.remove_prefix(key_size + value_size);
  return result;
}

} // namespace

void append_change(std::string& to, const field_change& x) {
  auto expires = !x.erased && x.expires != kept_changes::never;
  to += static_cast<char>(is_short | (x.erased ? is_erased : 0)
                          | (expires ? has_expiry : 0));
  append_short(to, x.owner);
  append_short(to, x.key.size());
  to.append(x.key);
  if (x.erased)
    return;
  if (expires)
    append_number(to, static_cast<uint64_t>(x.expires));
  append_short(to, x.value.size());
  to.append(x.value);
}

std::optional<field_change> take_change(std::string_view& from) {
  if (from.empty())
    return std::nullopt;
  auto parts = static_cast<unsigned char>(from.front());
  if ((parts & is_short) == 0)
    return take_long_change(from);
  from.remove_prefix(1);
  auto owner = take_short(from);
  auto key = take_text(from);
  if (!owner || !key)
    return std::nullopt;
  field_change result{.owner = *owner, .key = *key, .value = {}};
  result.erased = (parts & is_erased) != 0;
  if (result.erased)
    return result;
  if ((parts & has_expiry) != 0) {
    if (from.size() < sizeof(uint64_t))
      return std::nullopt;
    result.expires = static_cast<int64_t>(take_number(from));
  }
  auto value = take_text(from);
  if (!value)
    return std::nullopt;
  result.value = *value;
  return result;
}

bool is_journal_text(std::string_view text) {
  if (text.size() < sizeof(uint64_t))
    return false;
  take_number(text);
  while (!text.empty())
    if (!take_change(text))
      return false;
  return true;
}

} // namespace kv::durable
