#include "app/client/command.hpp"
#include "app/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <iomanip>
#include <ostream>
#include <sstream>

// A look into a running application: its tree, its crashes, its events.

namespace kv::app {

namespace {

using nlohmann::json;
using std::string;

json ask_json(command_context& context, const server_link::words& request) {
  auto result = json::parse(ask(context, request).text, nullptr, false);
  if (result.is_discarded())
    throw command_failure{exit_status::failed, "the server's JSON is damaged"};
  return result;
}

template <class T>
T member(const json& x, const char* name, T otherwise = {}) {
  auto i = x.find(name);
  return i == x.end() ? otherwise : i->get<T>();
}

/// Returns a time as people say it: `950 ms`, `12 s`, `3 h 20 min`.
string duration_text(int64_t ms) {
  constexpr int64_t second = 1000;
  constexpr int64_t minute = 60 * second;
  constexpr int64_t hour = 60 * minute;
  constexpr int64_t day = 24 * hour;
  auto two = [ms](int64_t unit, const char* name, int64_t part,
                  const char* part_name) {
    return std::to_string(ms / unit) + name + std::to_string(ms % unit / part)
           + part_name;
  };
  if (ms < second)
    return std::to_string(ms) + " ms";
  if (ms < minute)
    return std::to_string(ms / second) + " s";
  if (ms < hour)
    return two(minute, " min ", second, " s");
  if (ms < day)
    return two(hour, " h ", minute, " min");
  return two(day, " d ", hour, " h");
}

// -- tree ---------------------------------------------------------------------

/// Returns what there is to say of an actor. Children of dynamic supervisors
/// have no ids: their kind is what they are called.
string node_text(const json& x) {
  std::ostringstream out;
  auto id = member<string>(x, "id");
  auto number = member<uint64_t>(x, "actor");
  auto has_id = id != "actor " + std::to_string(number);
  out << (has_id ? id : member<string>(x, "name"));
  auto status = member<string>(x, "status");
  if (status != "running")
    out << "  " << status;
  if (auto ms = member<int64_t>(x, "retry_in_ms"); ms > 0)
    out << " in " << duration_text(ms);
  if (number != 0)
    out << "  actor " << number;
  if (auto busy = member<string>(x, "busy"); !busy.empty())
    out << "  BUSY with " << busy;
  if (auto failure = member<string>(x, "failure"); !failure.empty())
    out << "  " << failure;
  if (auto waiting = member<uint64_t>(x, "mailbox"); waiting > 0)
    out << "  mailbox " << waiting;
  if (auto restarts = member<uint64_t>(x, "restarts"); restarts > 0)
    out << "  restarts " << restarts;
  if (x.contains("uptime_ms") && has_id)
    out << "  up " << duration_text(member<int64_t>(x, "uptime_ms"));
  if (auto state = member<string>(x, "state"); !state.empty())
    out << "  " << state;
  return on_one_line(out.str());
}

void print_node(std::ostream& out, const json& x, const string& stem,
                const string& branch) {
  out << branch << node_text(x) << '\n';
  auto children = member<json>(x, "children", json::array());
  auto total = member<uint64_t>(x, "children_total", children.size());
  for (const auto& child : children) {
    auto last = &child == &children.back() && total <= children.size();
    print_node(out, child, stem + (last ? "   " : "|  "),
               stem + (last ? "`- " : "|- "));
  }
  if (total > children.size())
    out << stem << "`- and " << total - children.size() << " more\n";
}

void tree(command_context& context, operands args) {
  auto found = ask_json(context, {"KV.TREE"});
  if (args.empty())
    print_node(context.out, found, "", "");
  else if (args[0] == "json")
    context.out << found.dump(2) << '\n';
  else
    throw command_failure{exit_status::usage, "tree: expected json or nothing"};
}

// -- crashes ------------------------------------------------------------------

void check_count(const char* command, const string& text) {
  uint32_t value = 0;
  const auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value == 0)
    throw command_failure{exit_status::usage,
                          string{command}
                            + ": expected a number from 1 on, got "
                            + in_quotes(text)};
}

void crashes(command_context& context, operands args) {
  server_link::words request{"KV.CRASHES"};
  if (!args.empty()) {
    check_count("crashes", args[0]);
    request.push_back(args[0]);
  }
  auto found = ask_json(context, request);
  for (const auto& x : member<json>(found, "crashes", json::array())) {
    std::ostringstream line;
    line << member<string>(x, "time") << "  #" << member<uint64_t>(x, "number")
         << "  " << member<string>(x, "who") << ": "
         << member<string>(x, "reason");
    if (auto last = member<string>(x, "last_message"); !last.empty())
      line << "  in " << last;
    if (auto waiting = member<uint64_t>(x, "mailbox"); waiting > 0)
      line << "  mailbox " << waiting;
    if (auto ms = member<int64_t>(x, "uptime_ms"); ms > 0)
      line << "  after " << duration_text(ms);
    if (auto restarts = member<uint64_t>(x, "restarts"); restarts > 0)
      line << "  restarts " << restarts;
    context.out << on_one_line(line.str()) << '\n';
  }
}

// -- events -------------------------------------------------------------------

/// An entry of the stream of events.
struct event_entry {
  explicit event_entry(const reply& x) {
    if (x.items.size() != 2)
      return;
    number = std::strtoull(x.items[0].text.c_str(), nullptr, 10);
    const auto& facts = x.items[1].items;
    for (size_t i = 0; i + 1 < facts.size(); i += 2) {
      auto& to = facts[i].text == "event"  ? kind
                 : facts[i].text == "name" ? name
                                           : reason;
      to = facts[i + 1].text;
    }
  }

  string text() const {
    auto result = std::to_string(number) + "  " + kind + "  " + name;
    if (!reason.empty())
      result += "  " + reason;
    return on_one_line(result);
  }

  uint64_t number = 0;
  string kind;
  string name;
  string reason;
};

/// Prints events as they happen, until someone stops it.
void follow_events(command_context& context) {
  auto newest = ask(context,
                    {"XREVRANGE", "kv:events", "+", "-", "COUNT", "1"});
  uint64_t seen = newest.items.empty() ? 0
                                       : event_entry{newest.items[0]}.number;
  while (!context.stopped()) {
    auto more = ask(context, {"XREAD", "BLOCK", "200", "STREAMS", "kv:events",
                              std::to_string(seen)});
    if (more.items.empty() || more.items[0].items.size() != 2)
      continue; // nothing has happened
    for (const auto& x : more.items[0].items[1].items) {
      event_entry entry{x};
      if (entry.number > seen + 1)
        context.out << "lost " << seen + 1 << " to " << entry.number - 1
                    << '\n';
      seen = entry.number;
      context.out << entry.text() << '\n';
    }
    context.out.flush();
  }
}

void events(command_context& context, operands args) {
  if (args.empty()) {
    follow_events(context);
    return;
  }
  check_count("events", args[0]);
  auto found = ask(context,
                   {"XREVRANGE", "kv:events", "+", "-", "COUNT", args[0]});
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
  for (auto i = found.items.rbegin(); i != found.items.rend(); ++i)
    context.out << event_entry{*i}.text() << '\n';
}

const std::array<client_command, 3> table{{
  {"tree", "[json]", "print all that runs, supervisors and their children", 0,
   1, "", tree},
  {"crashes", "[COUNT]", "print the last ends that nobody asked for", 0, 1, "",
   crashes},
  {"events", "[COUNT]", "print the last events, or, without COUNT, new ones", 0,
   1, "", events},
}};

} // namespace

std::span<const client_command> look_commands() {
  return table;
}

} // namespace kv::app
