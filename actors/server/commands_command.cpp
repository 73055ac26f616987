#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

// What is known of the commands.

namespace kv::server {

namespace {

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

void reply_keys(arguments words, resp_writer& out) {
  const auto* what = words.empty() ? nullptr : find_command(words[0]);
  auto n = static_cast<int>(words.size());
  if (what == nullptr) {
    out.error("ERR Invalid command specified");
  } else if (what->first_key == 0) {
    out.error("ERR The command has no key arguments");
  } else if (what->arity > 0 ? n != what->arity : n < -what->arity) {
    out.error("ERR Invalid number of arguments specified for command");
  } else {
    std::vector<std::string_view> keys;
    for_each_key(*what, words,
                 [&](std::string_view key) { keys.push_back(key); });
    out.array(keys.size());
    for (auto key : keys)
      out.bulk(key);
  }
}

void describe(resp_session& self, arguments args) {
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
  } else if (is_word(args[1], "GETKEYS") && args.size() > 2) {
    reply_keys(args.subspan(2), out);
  } else if (is_word(args[1], "LIST") && args.size() == 2) {
    command_list(out);
  } else {
    out.error("ERR unknown subcommand or wrong number of arguments for '"
              + std::string{args[1]} + "'. Try COMMAND HELP.");
  }
}

constexpr std::array<command, 1> table{{
  on_session({"command", -1, flag_random, 0, 0, 0, "server", "2.8.13",
              "O(N) where N is the number of commands",
              "Describes the commands.",
              "[COUNT | DOCS [name ...] | INFO [name ...] | LIST | GETKEYS "
              "command [arg ...]]"},
             describe),
}};

} // namespace

std::span<const command> command_commands() {
  return table;
}

} // namespace kv::server
