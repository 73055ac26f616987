#include "app/print_config.hpp"

#include <caf/atom.hpp>
#include <caf/config_value.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace kv::app {

namespace {

using std::string;

string quote(const string& text) {
  constexpr std::array<std::pair<char, std::string_view>, 5> escapes{{
    {'\n', "\\n"},
    {'\r', "\\r"},
    {'\t', "\\t"},
    {'\\', "\\\\"},
    {'"', "\\\""},
  }};
  string result = "\"";
  for (auto c : text) {
    const auto* i = std::find_if(escapes.begin(), escapes.end(),
                                 [c](const auto& x) { return x.first == c; });
    if (i != escapes.end())
      result += i->second;
    else
      result += c;
  }
  return result + '"';
}

string print(caf::timespan x) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 3> units{{
    {1'000'000'000, "s"},
    {1'000'000, "ms"},
    {1'000, "us"},
  }};
  for (const auto& [size, name] : units)
    if (x.count() != 0 && x.count() % size == 0)
      return std::to_string(x.count() / size) + string{name};
  return std::to_string(x.count()) + "ns";
}

template <class Container, class Print>
string print_list(const Container& xs, Print print_one) {
  string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ", ") + print_one(x);
  return '[' + result + ']';
}

string print_setting(const setting& x) {
  auto is_number = [](const string& text) {
    return text.find_first_not_of("0123456789") == string::npos;
  };
  switch (x.spec->kind) {
    case option_kind::names:
      return print_list(x.texts, quote);
    case option_kind::number:
    case option_kind::port:
      if (is_number(x.texts.front()))
        return x.texts.front();
      [[fallthrough]];
    default:
      return quote(x.texts.front());
  }
}

void append_line(string& to, const string& key, const string& value,
                 const string& origin) {
  to += key + " = " + value + "  ; " + origin + '\n';
}

} // namespace

string to_ini(const caf::config_value& x) {
  if (const auto* text = caf::get_if<string>(&x))
    return quote(*text);
  if (const auto* word = caf::get_if<caf::atom_value>(&x))
    return '\'' + to_string(*word) + '\'';
  if (const auto* span = caf::get_if<caf::timespan>(&x))
    return print(*span);
  if (const auto* list = caf::get_if<caf::config_value::list>(&x))
    return print_list(*list, to_ini);
  // All numbers of CAF's core are unsigned; this is how it stores the largest.
  if (const auto* number = caf::get_if<int64_t>(&x); number && *number < 0)
    return std::to_string(std::numeric_limits<int64_t>::max());
  return to_string(x);
}

string print_config(const config& cfg, const settings& from) {
  const auto& file = from.opts.config_file;
  auto result = "; configuration file: " + (file.empty() ? "none" : file)
                + '\n';
  if (!from.opts.password.empty())
    result += "; password: KV_PASSWORD\n";
  result += "[kv]\n";
  for (const auto& x : from.ours)
    if (x.spec->in_file)
      append_line(result, string{x.spec->name}, print_setting(x), x.origin);
  auto content = cfg.dump_content();
  for (const auto& [section, entries] : content) {
    if (!cfg.has_section(section))
      continue;
    result.append("\n[").append(section).append("]\n");
    for (const auto& [key, value] : caf::get<caf::settings>(entries)) {
      auto origin
        = from.caf_origins.find(string{section}.append(".").append(key));
      append_line(result, key, to_ini(value),
                  origin != from.caf_origins.end() ? origin->second
                                                   : "default");
    }
  }
  return result;
}

} // namespace kv::app
