#include "app/settings.hpp"

#include "app/file_checker.hpp"
#include "app/ini_file.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <thread>
#include <utility>

namespace kv::app {

namespace {

using std::string;

offers from_command_line(const sources& from) {
  offers result;
  for (const auto& given : from.command_line) {
    auto& slot = result[given.spec];
    slot.texts.push_back(given.text);
    slot.origin = "command line";
  }
  for (const auto& [spec, slot] : result)
    check_offer(*spec, slot, exit_status::usage, "--" + string{spec->name},
                from.actor_types);
  return result;
}

std::vector<string> split(const string& text) {
  std::vector<string> result(1);
  for (auto c : text) {
    if (c == ',')
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

// Other programs may own variables that begin with KV_, hence only what can be
// no other name than a misspelled one of ours is a mistake.
void check_spelling(const string& variable) {
  auto bare = [](const string& name) {
    string result;
    for (auto c : name)
      if (c != '_')
        result += static_cast<char>(std::toupper(c));
    return result;
  };
  for (const auto& spec : option_table())
    if (auto name = environment_name(spec);
        variable != name && bare(variable) == bare(name))
      throw refusal{exit_status::configuration,
                    string{variable}
                      .append(": unknown variable; did you mean ")
                      .append(name)
                      .append("?")};
}

offers from_environment(const sources& from) {
  offers result;
  for (const auto& [name, text] : from.environment)
    check_spelling(name);
  for (const auto& spec : option_table()) {
    auto name = environment_name(spec);
    auto i = from.environment.find(name);
    if (i == from.environment.end() || i->second.empty())
      continue;
    auto texts = spec.kind == option_kind::names ? split(i->second)
                                                 : std::vector{i->second};
    check_offer(spec, {texts, name}, exit_status::configuration, name,
                from.actor_types);
    result[&spec] = {std::move(texts), name};
  }
  return result;
}

/// Returns the setting for `spec` from the first source that has it.
setting choose(const option_spec& spec, const std::vector<offers>& all) {
  for (const auto& source : all)
    if (auto i = source.find(&spec); i != source.end())
      return {&spec, i->second.texts, i->second.origin};
  if (spec.default_text.empty())
    return {&spec, {}, "default"};
  return {&spec, {string{spec.default_text}}, "default"};
}

// The io threads run actors too. Workers beyond the remaining cores only take
// turns with them, and every hop of a message between two threads costs.
std::size_t default_workers(const options& opts) {
  std::size_t cores = std::thread::hardware_concurrency();
  return std::max(cores, opts.io_threads + std::size_t{1}) - opts.io_threads;
}

// A password is no option: nothing may show it.
void choose_password(settings& to, const sources& from) {
  auto i = from.environment.find("KV_PASSWORD");
  if (i == from.environment.end() || i->second.empty())
    return;
  for (const auto& x : to.ours)
    if (x.spec->name == "password-file" && x.origin == "command line")
      return;
  to.opts.password = i->second;
  to.opts.password_file.clear();
}

} // namespace

settings load_settings(config& cfg, const sources& from) {
  settings result;
  std::vector<offers> all{from_command_line(from), from_environment(from)};
  auto file = choose(*find_option("config"), all);
  auto text = read_config_file(file.texts.front());
  if (!text && file.origin == "default") {
    file.texts = {KV_INSTALLED_INI};
    text = read_config_file(file.texts.front());
  }
  if (text) {
    all.push_back(file_checker{cfg, from.actor_types, file.texts.front()}.run(
      parse_ini(*text), result.caf_origins));
  } else if (file.origin != "default") {
    throw refusal{
      exit_status::configuration,
      file.texts.front() + ": cannot read: No such file or directory ("
        + (file.origin == "command line" ? "--config" : file.origin) + ')'};
  } else {
    file.texts.clear();
  }
  for (const auto& spec : option_table()) {
    result.ours.push_back(spec.name == "config" ? file : choose(spec, all));
    for (const auto& x : result.ours.back().texts)
      spec.assign(result.opts, x);
  }
  choose_password(result, from);
  if (!result.caf_origins.contains("scheduler.max-threads"))
    cfg.set("scheduler.max-threads", default_workers(result.opts));
  return result;
}

std::vector<string> need_restart(const settings& before,
                                 const settings& after) {
  std::vector<string> result;
  for (size_t i = 0; i < after.ours.size(); ++i)
    if (after.ours[i].texts != before.ours[i].texts
        && !after.ours[i].spec->reloads)
      result.emplace_back(after.ours[i].spec->name);
  return result;
}

} // namespace kv::app
