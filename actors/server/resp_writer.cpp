#include "actors/server/resp_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kv::server {

namespace {

constexpr std::string_view crlf = "\r\n";

/// As long as the longest number: -1.7976931348623157e+308, with room.
using number_buffer = char[32];

constexpr int double_digits = 17;

std::string_view digits_of(number_buffer& buffer, int64_t value) {
  auto* end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return {buffer, static_cast<size_t>(end - buffer)};
}

std::string_view digits_of(number_buffer& buffer, double value) {
  if (std::isnan(value))
    return "nan"; // to_chars would tell its sign
  auto* end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                            std::chars_format::general, double_digits)
                .ptr;
  return {buffer, static_cast<size_t>(end - buffer)};
}

} // namespace

void resp_writer::simple_string(std::string_view text) {
  line('+', text);
}

void resp_writer::error(std::string_view message) {
  line('-', message);
}

void resp_writer::integer(int64_t value) {
  head(':', value);
}

void resp_writer::number(double value) {
  number_buffer buffer;
  auto text = digits_of(buffer, value);
  if (resp3())
    line(',', text);
  else
    bulk(text);
}

void resp_writer::bulk(std::string_view bytes) {
  head('$', static_cast<int64_t>(bytes.size()));
  out_ += bytes;
  out_ += crlf;
}

void resp_writer::bulk(int64_t value) {
  number_buffer buffer;
  bulk(digits_of(buffer, value));
}

void resp_writer::null() {
  out_ += resp3() ? "_\r\n" : "$-1\r\n";
}

void resp_writer::null_array() {
  out_ += resp3() ? "_\r\n" : "*-1\r\n";
}

void resp_writer::boolean(bool value) {
  if (resp3())
    out_ += value ? "#t\r\n" : "#f\r\n";
  else
    integer(value ? 1 : 0);
}

void resp_writer::big_number(std::string_view digits) {
  if (resp3())
    line('(', digits);
  else
    bulk(digits);
}

void resp_writer::verbatim(std::string_view format, std::string_view text) {
  if (!resp3())
    return bulk(text);
  head('=', static_cast<int64_t>(format.size() + 1 + text.size()));
  out_ += format;
  out_ += ':';
  out_ += text;
  out_ += crlf;
}

void resp_writer::array(size_t elements) {
  head('*', static_cast<int64_t>(elements));
}

void resp_writer::map(size_t pairs) {
  if (resp3())
    head('%', static_cast<int64_t>(pairs));
  else
    array(2 * pairs);
}

void resp_writer::set(size_t elements) {
  head(resp3() ? '~' : '*', static_cast<int64_t>(elements));
}

void resp_writer::push(size_t elements) {
  head(resp3() ? '>' : '*', static_cast<int64_t>(elements));
}

/// Appends a type and a number.
void resp_writer::head(char type, int64_t value) {
  char text[32]; // type, sign, 19 digits, CRLF
  text[0] = type;
  auto* end = std::to_chars(text + 1, text + sizeof(text), value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out_.append(text, static_cast<size_t>(end - text));
}

/// Appends a type and a text of one line.
void resp_writer::line(char type, std::string_view text) {
  out_ += type;
  auto begin = out_.size();
  out_ += text;
  std::replace_if(
    out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(),
    [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out_ += crlf;
}

} // namespace kv::server
