#include "app/file_checker.hpp"

#include "app/text.hpp"

#include <algorithm>
#include <optional>

namespace kv::app {

namespace {

using std::string;

constexpr std::string_view own_section = "kv.";

const option_spec* find_own(const string& key) {
  if (!key.starts_with(own_section))
    return nullptr;
  const auto* spec = find_option(key.substr(own_section.size()));
  return spec != nullptr && spec->in_file ? spec : nullptr;
}

std::optional<string> text_of(const caf::config_value& x) {
  if (const auto* str = caf::get_if<string>(&x))
    return *str;
  if (const auto* word = caf::get_if<caf::atom_value>(&x))
    return to_string(*word);
  return std::nullopt;
}

// Returns nothing if the value has a type that the option cannot have.
std::optional<std::vector<string>> texts_of(const option_spec& spec,
                                            const ini_entry& x) {
  auto is_number = spec.kind == option_kind::number
                   || spec.kind == option_kind::port;
  // As it is written: CAF takes a leading zero for octal.
  if (is_number && caf::holds_alternative<int64_t>(x.value))
    return std::vector{x.text};
  const auto* list = caf::get_if<caf::config_value::list>(&x.value);
  if ((spec.kind == option_kind::names) != (list != nullptr))
    return std::nullopt;
  std::vector<string> result;
  for (const auto& item : list != nullptr ? *list : std::vector{x.value}) {
    auto text = text_of(item);
    if (!text || (is_number && !is_word(spec, *text)))
      return std::nullopt;
    result.push_back(std::move(*text));
  }
  return result;
}

} // namespace

file_checker::file_checker(config& cfg, const std::vector<string>& actor_types,
                           string path)
  : cfg_(cfg), actor_types_(actor_types), path_(std::move(path)) {
  // nop
}

offers file_checker::run(const ini_file& file,
                         std::map<string, string>& caf_origins) {
  if (file.mistake)
    add_mistake(*file.mistake);
  for (const auto& section : file.sections)
    check_section(section);
  offers result;
  for (const auto& entry : file.entries) {
    if (check_entry(entry, result)) {
      cfg_.set({entry.key.data(), entry.key.size()}, entry.value);
      caf_origins[entry.key] = at(entry.line);
    }
  }
  auto first = std::min_element(mistakes_.begin(), mistakes_.end(),
                                [](const auto& x, const auto& y) {
                                  return x.first < y.first;
                                });
  if (first != mistakes_.end())
    throw refusal{exit_status::configuration, first->second};
  return result;
}

string file_checker::at(int line) const {
  return path_ + ':' + std::to_string(line);
}

void file_checker::add(int line, const string& key, const string& text) {
  auto what = key.empty() ? "" : shortened(key) + ": ";
  mistakes_.emplace_back(line, at(line) + ": " + what + text);
}

void file_checker::add_mistake(const ini_mistake& x) {
  if (x.key.empty())
    return add(x.line, x.key, x.text);
  auto text = x.text.starts_with('"') ? x.text
                                      : x.text.substr(0, x.text.find(';'));
  add_wrong_value(x.key, x.line, trimmed(text));
}

void file_checker::add_wrong_value(const string& key, int line,
                                   std::string_view text) {
  if (const auto* spec = find_own(key))
    add(line, key, describe(*spec, text));
  else if (cfg_.has_key(key))
    add(line, key, "expected " + cfg_.expectation(key) + got(text));
  else
    add_unknown_key(key, line);
}

string file_checker::describe(const option_spec& spec,
                              std::string_view text) const {
  if (spec.kind == option_kind::names && !text.starts_with('['))
    return "expected a list such as [\"counter\"]" + got(text);
  auto is_quoted = text.size() > 1 && text.starts_with('"')
                   && text.ends_with('"');
  if (is_quoted)
    text = text.substr(1, text.size() - 2);
  auto result = "expected " + expectation(spec, actor_types_) + got(text);
  if (accepts(spec, text, actor_types_))
    result += is_quoted ? "; write it without quotes"
                        : "; write it in double quotes";
  return result;
}

void file_checker::add_unknown_key(const string& key, int line) {
  auto section = key.substr(0, key.find('.'));
  if (section == key)
    return add(line, key, "unknown key outside of a section");
  if (section != "kv" && !cfg_.has_section(section))
    return; // check_section reports it.
  auto known = cfg_.keys();
  for (const auto& spec : option_table())
    if (spec.in_file)
      known.push_back(string{own_section} + string{spec.name});
  add(line, key, "unknown key" + suggestion(key, known));
}

void file_checker::check_section(const ini_section& x) {
  auto top = x.name.substr(0, x.name.find('.'));
  auto is_known = top == "kv" || cfg_.has_section(top);
  if (is_known && top != x.name)
    add_wrong_value(x.name, x.line, "{ ... }");
  if (is_known || top != x.name)
    return;
  if (top == "middleman" || top == "openssl" || top == "opencl")
    return add(x.line, '[' + top + ']',
               "configures a part of CAF that kv does not load");
  add(x.line, '[' + top + ']',
      "unknown section; expected [kv] or, for CAF, [scheduler], "
      "[work-stealing], [stream] or [logger]");
}

bool file_checker::check_entry(const ini_entry& x, offers& result) {
  auto [first, is_new] = lines_.emplace(x.key, x.line);
  if (!is_new) {
    add(x.line, x.key,
        "set twice, first in line " + std::to_string(first->second));
    return false;
  }
  const auto* spec = find_own(x.key);
  if (spec == nullptr && cfg_.has_key(x.key) && cfg_.accepts(x.key, x.value))
    return true;
  auto texts = spec != nullptr ? texts_of(*spec, x) : std::nullopt;
  if (!texts) {
    add_wrong_value(x.key, x.line, x.text);
    return false;
  }
  auto& slot = result[spec] = {std::move(*texts), at(x.line)};
  try {
    check_offer(*spec, slot, exit_status::configuration,
                at(x.line) + ": " + x.key, actor_types_);
  } catch (const refusal& reason) {
    mistakes_.emplace_back(x.line, reason.what());
  }
  return false;
}

} // namespace kv::app
