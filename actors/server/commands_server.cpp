#include "actors/base/glob.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <sstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kv::server {

namespace {

// -- COMMAND ------------------------------------------------------------------

void reply_flags(const command& x, resp_writer& out) {
  constexpr std::array<std::pair<command_flag, std::string_view>, 4> names{{
    {flag_write, "write"},
    {flag_readonly, "readonly"},
    {flag_admin, "admin"},
    {flag_fast, "fast"},
  }};
  size_t count = 0;
  for (auto [flag, name] : names)
    count += (x.flags & flag) != 0 ? 1 : 0;
  out.set(count);
  for (auto [flag, name] : names)
    if ((x.flags & flag) != 0)
      out.simple_string(name);
}

// The ten entries of Redis 7; ours have no ACL categories, tips, key
// specifications or subcommands.
void reply_info(const command& x, resp_writer& out) {
  constexpr size_t entries = 10;
  out.array(entries);
  out.bulk(x.name);
  out.integer(x.arity);
  reply_flags(x, out);
  out.integer(x.first_key);
  out.integer(x.last_key);
  out.integer(x.key_step);
  out.set(0);
  out.array(0);
  out.array(0);
  out.array(0);
}

void reply_docs(const command& x, resp_writer& out) {
  out.bulk(x.name);
  constexpr size_t entries = 4;
  out.map(entries);
  out.bulk("summary");
  out.bulk(x.summary);
  out.bulk("since");
  out.bulk(x.since);
  out.bulk("group");
  out.bulk(x.group);
  out.bulk("complexity");
  out.bulk(x.complexity);
}

void command_docs(resp_writer out, arguments names) {
  std::vector<const command*> found;
  if (names.empty())
    for (const auto& x : command_table())
      found.push_back(&x);
  for (auto name : names)
    if (const auto* x = find_command(name))
      found.push_back(x);
  out.map(found.size());
  for (const auto* x : found)
    reply_docs(*x, out);
}

void command_info(resp_writer out, arguments names) {
  out.array(names.size());
  for (auto name : names) {
    if (const auto* x = find_command(name))
      reply_info(*x, out);
    else
      out.null();
  }
}

void command_list(resp_writer out) {
  out.array(command_table().size());
  for (const auto& x : command_table())
    out.bulk(x.name);
}

void command(resp_session& self, arguments args) {
  auto out = self.reply();
  if (args.size() == 1) {
    out.array(command_table().size());
    for (const auto& x : command_table())
      reply_info(x, out);
  } else if (is_word(args[1], "COUNT") && args.size() == 2) {
    out.integer(static_cast<int64_t>(command_table().size()));
  } else if (is_word(args[1], "DOCS")) {
    command_docs(out, args.subspan(2));
  } else if (is_word(args[1], "INFO")) {
    command_info(out, args.subspan(2));
  } else if (is_word(args[1], "LIST") && args.size() == 2) {
    command_list(out);
  } else {
    out.error("ERR unknown subcommand or wrong number of arguments for '"
              + std::string{args[1]} + "'. Try COMMAND HELP.");
  }
}

// -- INFO ---------------------------------------------------------------------

std::string server_section(const resp_service& service) {
  using namespace std::chrono;
  auto up = duration_cast<seconds>(system_clock::now() - service.started);
  std::ostringstream out;
  // Clients look for redis_version to learn what they may use.
  out << "# Server\r\nredis_version:7.0.0\r\nkv_version:" << service.version
      << "\r\nredis_mode:standalone\r\nprocess_id:" << ::getpid()
      << "\r\ntcp_port:" << service.port
      << "\r\nuptime_in_seconds:" << up.count() << "\r\n";
  return out.str();
}

std::string clients_section(const resp_service& service) {
  return "# Clients\r\nconnected_clients:"
         + std::to_string(service.clients.load()) + "\r\n";
}

std::string stats_section(const resp_service& service) {
  return "# Stats\r\ntotal_connections_received:"
         + std::to_string(service.last_client.load())
         + "\r\ntotal_commands_processed:"
         + std::to_string(service.commands.load()) + "\r\n";
}

std::string info_text(const resp_service& service, arguments sections) {
  auto wanted = [&](std::string_view upper) {
    for (auto x : sections)
      if (is_word(x, upper) || is_word(x, "ALL") || is_word(x, "DEFAULT")
          || is_word(x, "EVERYTHING"))
        return true;
    return sections.empty();
  };
  std::string result;
  auto add = [&](std::string_view name, const std::string& text) {
    if (wanted(name))
      result += (result.empty() ? "" : "\r\n") + text;
  };
  add("SERVER", server_section(service));
  add("CLIENTS", clients_section(service));
  // Everything is in memory from the start.
  add("PERSISTENCE", "# Persistence\r\nloading:0\r\n");
  add("STATS", stats_section(service));
  add("REPLICATION", "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n");
  return result;
}

void info(resp_session& self, arguments args) {
  self.reply().verbatim("txt", info_text(self.service(), args.subspan(1)));
}

// -- CONFIG -------------------------------------------------------------------

void config(resp_session& self, arguments args) {
  auto out = self.reply();
  if (!is_word(args[1], "GET") || args.size() < 3) {
    out.error("ERR unknown subcommand or wrong number of arguments for '"
              + std::string{args[1]} + "'. Try CONFIG HELP.");
    return;
  }
  std::vector<std::pair<std::string_view, std::string_view>> found;
  for (const auto& [name, value] : self.service().settings)
    for (auto pattern : args.subspan(2))
      if (glob_matches(pattern, name)) {
        found.emplace_back(name, value);
        break;
      }
  out.map(found.size());
  for (auto [name, value] : found) {
    out.bulk(name);
    out.bulk(value);
  }
}

void time(resp_session& self, arguments) {
  using namespace std::chrono;
  auto now
    = duration_cast<microseconds>(system_clock::now().time_since_epoch());
  constexpr int64_t million = 1'000'000;
  auto out = self.reply();
  out.array(2);
  out.bulk(now.count() / million);
  out.bulk(now.count() % million);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view group = "server";

const std::array<kv::server::command, 4> table{{
  {"command", -1, flag_random, 0, 0, 0, group, "2.8.13",
   "O(N) where N is the number of commands", "Describes the commands.",
   "[COUNT | DOCS [name ...] | INFO [name ...] | LIST]", command},
  {"info", -1, 0, 0, 0, 0, group, "1.0.0", o1, "Describes the server.",
   "[section ...]", info},
  {"config", -2, flag_admin, 0, 0, 0, group, "2.0.0",
   "O(N) where N is the number of parameters",
   "Returns the values of parameters.", "GET parameter [parameter ...]",
   config},
  {"time", 1, flag_fast | flag_random, 0, 0, 0, group, "2.6.0", o1,
   "Returns the server's time, in seconds and microseconds.", "", time},
}};

} // namespace

std::span<const kv::server::command> server_commands() {
  return table;
}

} // namespace kv::server
