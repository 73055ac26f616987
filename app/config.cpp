#include "app/config.hpp"

#include <caf/atom.hpp>
#include <caf/config_option.hpp>
#include <caf/timespan.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace kv::app {

namespace {

// The rest of CAF's options belongs to modules that kv does not load.
constexpr std::array<std::string_view, 4> sections{"scheduler", "work-stealing",
                                                   "stream", "logger"};

// What CAF accepts without a check and then divides by, waits for, or replaces.
struct number_range {
  std::string_view key;
  int64_t least;
  int64_t most;
};

constexpr int64_t max_workers = 256;
constexpr int64_t unlimited = std::numeric_limits<int64_t>::max();

constexpr std::array<number_range, 5> ranges{{
  {"scheduler.max-threads", 1, max_workers},
  {"scheduler.max-throughput", 1, unlimited},
  {"work-stealing.aggressive-steal-interval", 1, unlimited},
  {"work-stealing.moderate-steal-interval", 1, unlimited},
  {"work-stealing.relaxed-steal-interval", 1, unlimited},
}};

constexpr std::string_view policy_key = "scheduler.policy";

const number_range* find_range(std::string_view key) {
  const auto* i = std::find_if(ranges.begin(), ranges.end(),
                               [key](const number_range& range) {
                                 return range.key == key;
                               });
  return i != ranges.end() ? i : nullptr;
}

caf::string_view to_caf(std::string_view x) {
  return {x.data(), x.size()};
}

std::string to_std(caf::string_view x) {
  return {x.begin(), x.end()};
}

bool is_ours(const caf::config_option& opt) {
  return std::find(sections.begin(), sections.end(), to_std(opt.category()))
         != sections.end();
}

} // namespace

config::config() {
  set(to_caf(policy_key), caf::atom("awake"));
}

std::vector<std::string> config::keys() const {
  std::vector<std::string> result;
  for (const auto& opt : custom_options_)
    if (is_ours(opt))
      result.push_back(to_std(opt.full_name()));
  return result;
}

bool config::has_section(std::string_view name) const {
  return std::find(sections.begin(), sections.end(), name) != sections.end();
}

bool config::has_key(std::string_view key) const {
  const auto* opt = custom_options_.qualified_name_lookup(to_caf(key));
  return opt != nullptr && is_ours(*opt);
}

std::string config::expectation(std::string_view key) const {
  if (key == policy_key)
    return "'awake', 'sharing' or 'stealing'";
  if (const auto* range = find_range(key)) {
    auto least = std::to_string(range->least);
    return range->most == unlimited
             ? "a number not below " + least
             : "a number from " + least + " to " + std::to_string(range->most);
  }
  const auto* opt = custom_options_.qualified_name_lookup(to_caf(key));
  auto type = to_std(opt->type_name());
  if (type == "boolean")
    return "true or false";
  if (type == "atom")
    return "a word in single quotes such as 'info'";
  if (type == "timespan")
    return "a time span such as 50ms";
  if (type == "string")
    return "text in double quotes";
  if (type == "uint64")
    return "a number not below 0";
  return type == "list of atom" ? "a list of words such as ['a', 'b']"
                                : "a " + type;
}

bool config::accepts(std::string_view key,
                     const caf::config_value& value) const {
  const auto* opt = custom_options_.qualified_name_lookup(to_caf(key));
  if (opt->check(value))
    return false;
  if (key == policy_key) {
    auto policy = caf::get<caf::atom_value>(value);
    return policy == caf::atom("awake") || policy == caf::atom("sharing")
           || policy == caf::atom("stealing");
  }
  if (const auto* range = find_range(key)) {
    auto x = caf::get<int64_t>(value);
    return x >= range->least && x <= range->most;
  }
  if (const auto* span = caf::get_if<caf::timespan>(&value))
    return span->count() >= 0;
  return true;
}

} // namespace kv::app
