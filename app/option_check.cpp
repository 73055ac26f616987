#include "app/option_table.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

// Which texts an option accepts, and how the program says so.

namespace kv::app {

using std::string;
using std::string_view;

namespace {

bool is_address(const string& text) {
  in6_addr buf;
  return inet_pton(AF_INET, text.c_str(), &buf) == 1
         || inet_pton(AF_INET6, text.c_str(), &buf) == 1;
}

string listed(const std::vector<string>& xs) {
  string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ", ") + x;
  return result;
}

} // namespace

std::optional<unsigned> to_number(string_view text) {
  unsigned result = 0;
  const auto* end = text.data() + text.size();
  auto [ptr, code] = std::from_chars(text.data(), end, result);
  if (code != std::errc{} || ptr != end)
    return std::nullopt;
  return result;
}

bool is_word(const option_spec& spec, string_view text) {
  return std::find(spec.words.begin(), spec.words.end(), text)
         != spec.words.end();
}

bool accepts(const option_spec& spec, string_view text,
             const std::vector<string>& actor_types) {
  if (is_word(spec, text))
    return true;
  switch (spec.kind) {
    case option_kind::address:
      return is_address(string{text});
    case option_kind::port:
    case option_kind::number: {
      auto x = to_number(text);
      return x && *x >= spec.least && *x <= spec.most;
    }
    case option_kind::word:
      return false;
    case option_kind::path:
      return !text.empty() && text.find('\0') == string_view::npos;
    case option_kind::host:
      return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c != '\x7f';
      });
    case option_kind::names:
      return std::find(actor_types.begin(), actor_types.end(), text)
             != actor_types.end();
  }
  return false;
}

string expectation(const option_spec& spec,
                   const std::vector<string>& actor_types) {
  auto range = [&spec] {
    auto result = std::to_string(spec.least) + " to "
                  + std::to_string(spec.most);
    for (auto word : spec.words)
      result += " or \"" + string{word} + '"';
    return result;
  };
  switch (spec.kind) {
    case option_kind::address:
      return R"(a numeric address such as "127.0.0.1" or "::1")";
    case option_kind::port:
      return "a port from " + range();
    case option_kind::number:
      return "a number from " + range();
    case option_kind::word:
      return "one of " + listed({spec.words.begin(), spec.words.end()});
    case option_kind::path:
      return "a path";
    case option_kind::host:
      return "a host's name or address";
    case option_kind::names:
      return "an actor type, one of: "
             + (actor_types.empty() ? "(none is built in)"
                                    : listed(actor_types));
  }
  return {};
}

} // namespace kv::app
