#include "actors/base/glob.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kv::server {

namespace {

/// A parameter that can be set while the server runs.
struct parameter {
  std::string_view name;
  std::string (*get)(const resp_service&);
  /// Returns what is wrong with the value; nothing if it is set now.
  std::string_view (*set)(resp_service&, std::string_view);
};

template <std::atomic<int64_t> slow_log::*Member>
std::string get_number(const resp_service& x) {
  return std::to_string((x.slow.*Member).load());
}

template <std::atomic<int64_t> slow_log::*Member, int64_t Least>
std::string_view set_number(resp_service& x, std::string_view text) {
  auto value = to_integer(text);
  if (!value)
    return "argument couldn't be parsed into an integer";
  if (*value < Least)
    return "argument must be greater or equal to the least value";
  (x.slow.*Member).store(*value);
  return {};
}

std::string get_notify(const resp_service& x) {
  return x.changes.chosen().text();
}

std::string_view set_notify(resp_service& x, std::string_view text) {
  auto flags = notify_flags::read(text);
  if (!flags)
    return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
  x.changes.choose(std::move(*flags));
  return {};
}

constexpr std::array<parameter, 4> parameters{{
  {"latency-monitor-threshold", get_number<&slow_log::latency_threshold>,
   set_number<&slow_log::latency_threshold, 0>},
  {"notify-keyspace-events", get_notify, set_notify},
  {"slowlog-log-slower-than", get_number<&slow_log::threshold>,
   set_number<&slow_log::threshold, -1>},
  {"slowlog-max-len", get_number<&slow_log::most_entries>,
   set_number<&slow_log::most_entries, 0>},
}};

const parameter* find_parameter(std::string_view name) {
  for (const auto& x : parameters) {
    auto same = x.name.size() == name.size();
    for (size_t i = 0; same && i < name.size(); ++i)
      same = (name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i])
             == x.name[i];
    if (same)
      return &x;
  }
  return nullptr;
}

void get(resp_session& self, arguments patterns) {
  std::map<std::string, std::string> found;
  auto add = [&](std::string_view name, const std::string& value) {
    for (auto pattern : patterns)
      if (glob_matches(pattern, name))
        found.emplace(name, value);
  };
  for (const auto& [name, value] : self.service().settings)
    add(name, value);
  for (const auto& x : parameters)
    add(x.name, x.get(self.service()));
  auto out = self.reply();
  out.map(found.size());
  for (const auto& [name, value] : found) {
    out.bulk(name);
    out.bulk(value);
  }
}

/// Returns an error as Redis has it.
std::string failure(std::string_view name, std::string_view reason) {
  return "ERR CONFIG SET failed (possibly related to argument '"
         + std::string{name} + "') - " + std::string{reason};
}

// All of them, or none: names first, and what was set is taken back.
void set(resp_session& self, arguments pairs) {
  auto& service = self.service();
  for (size_t i = 0; i < pairs.size(); i += 2)
    if (find_parameter(pairs[i]) == nullptr) {
      auto fixed = service.settings.contains(std::string{pairs[i]});
      self.reply().error(
        fixed ? failure(pairs[i], "can't set immutable config")
              : "ERR Unknown option or number of arguments for CONFIG SET - '"
                  + std::string{pairs[i]} + "'");
      return;
    }
  std::vector<std::pair<const parameter*, std::string>> before;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    const auto* x = find_parameter(pairs[i]);
    before.emplace_back(x, x->get(service));
    auto reason = x->set(service, pairs[i + 1]);
    if (reason.empty())
      continue;
    std::for_each(before.rbegin(), before.rend(),
                  [&](const auto& y) { y.first->set(service, y.second); });
    self.reply().error(failure(pairs[i], reason));
    return;
  }
  self.reply().simple_string("OK");
}

void reset_statistics(resp_session& self) {
  self.service().commands = 0;
  self.service().connections = 0;
  self.service().slow.clear_peaks();
  self.reply().simple_string("OK");
}

void config(resp_session& self, arguments args) {
  auto wrong_number = [&](std::string_view subcommand) {
    self.reply().error("ERR wrong number of arguments for 'config|"
                       + std::string{subcommand} + "' command");
  };
  if (is_word(args[1], "GET"))
    args.size() > 2 ? get(self, args.subspan(2)) : wrong_number("get");
  else if (is_word(args[1], "SET") && args.size() < 4)
    wrong_number("set");
  else if (is_word(args[1], "SET") && args.size() % 2 == 1)
    self.reply().error(error_text::syntax);
  else if (is_word(args[1], "SET"))
    set(self, args.subspan(2));
  else if (is_word(args[1], "RESETSTAT"))
    args.size() == 2 ? reset_statistics(self) : wrong_number("resetstat");
  else
    self.reply().error("ERR unknown subcommand '" + std::string{args[1]}
                       + "'. Try CONFIG HELP.");
}

constexpr std::array<command, 1> table{{
  on_session({"config", -2, flag_admin, 0, 0, 0, "server", "2.0.0",
              "O(N) where N is the number of parameters",
              "Returns parameters, and sets some.",
              "GET parameter [parameter ...] | SET parameter value [parameter "
              "value ...] | RESETSTAT"},
             config),
}};

} // namespace

std::span<const command> config_commands() {
  return table;
}

} // namespace kv::server
