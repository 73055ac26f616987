#include "app/client/reply.hpp"

#include <cstddef>

namespace kv::app {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_pretty(std::string& to, const reply& x, size_t indent) {
  switch (x.what) {
    case reply::kind::status:
      to += x.text;
      break;
    case reply::kind::error:
      to += "(error) " + x.text;
      break;
    case reply::kind::integer:
      to += "(integer) " + std::to_string(x.number);
      break;
    case reply::kind::bytes:
      to += quoted(x.text);
      break;
    case reply::kind::null:
      to += "(nil)";
      break;
    case reply::kind::list: {
      if (x.items.empty())
        to += "(empty)";
      auto width = std::to_string(x.items.size()).size();
      size_t n = 0;
      for (const auto& item : x.items) {
        if (n > 0)
          to.append("\n").append(indent, ' ');
        auto number = std::to_string(++n);
        to.append(width - number.size(), ' ').append(number).append(") ");
        append_pretty(to, item, indent + width + 2);
      }
    }
  }
}

void append_plain(std::string& to, const reply& x) {
  if (x.what == reply::kind::integer) {
    to += std::to_string(x.number);
  } else if (x.what == reply::kind::list) {
    const auto* separator = "";
    for (const auto& item : x.items) {
      to += separator;
      append_plain(to, item);
      separator = "\n";
    }
  } else {
    to += x.text;
  }
}

} // namespace

std::string pretty(const reply& x) {
  std::string result;
  append_pretty(result, x, 0);
  return result;
}

std::string plain(const reply& x) {
  std::string result;
  append_plain(result, x);
  return result;
}

std::string quoted(std::string_view bytes) {
  constexpr unsigned char del = 0x7f;
  std::string result = "\"";
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (c == '\n')
      result += "\\n";
    else if (c == '\r')
      result += "\\r";
    else if (c == '\t')
      result += "\\t";
    else if (byte < ' ' || byte >= del)
      (result += "\\x") += {digits[byte >> 4U], digits[byte & 15U]};
    else
      result += c;
  }
  return result + '"';
}

} // namespace kv::app
