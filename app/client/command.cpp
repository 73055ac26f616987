#include "app/client/command.hpp"

#include "app/text.hpp"

#include <algorithm>

namespace kv::app {

namespace {

std::vector<client_command> all_commands() {
  std::vector<client_command> result;
  for (auto group : {data_commands(), look_commands(), transfer_commands(),
                     offline_commands()})
    result.insert(result.end(), group.begin(), group.end());
  return result;
}

void check_operands(const client_command& what, operands args) {
  if (args.size() >= what.least && args.size() <= what.most)
    return;
  auto usage = what.usage.empty() ? "no operands" : std::string{what.usage};
  throw command_failure{exit_status::usage,
                        std::string{what.name} + ": expected " + usage};
}

} // namespace

std::span<const client_command> client_commands() {
  static const auto table = all_commands();
  return table;
}

const client_command* find_client_command(std::string_view name) {
  for (const auto& x : client_commands())
    if (x.name == name)
      return &x;
  return nullptr;
}

std::vector<std::string> client_command_names() {
  std::vector<std::string> result;
  for (const auto& x : client_commands())
    result.emplace_back(x.name);
  return result;
}

std::vector<std::string> online_command_names() {
  std::vector<std::string> result;
  for (const auto& x : client_commands())
    if (x.run != nullptr)
      result.emplace_back(x.name);
  return result;
}

void run_client_command(const client_command& what, command_context& context,
                        operands args) {
  check_operands(what, args);
  if (what.run == nullptr)
    throw command_failure{exit_status::usage,
                          std::string{what.name}
                            + ": needs no server, and is no command of the "
                              "shell's"};
  what.run(context, args);
}

void run_offline_command(const client_command& what,
                         const offline_context& context, operands args) {
  check_operands(what, args);
  what.run_offline(context, args);
}

void check_reply(const reply& x) {
  if (!x.is_error())
    return;
  if (x.text.starts_with("OVERLOADED"))
    throw command_failure{exit_status::overloaded, x.text};
  if (x.text.starts_with("NOAUTH"))
    throw command_failure{exit_status::no_connection,
                          "the server wants a password (--password-file or "
                          "KV_PASSWORD)"};
  throw command_failure{exit_status::failed,
                        x.text.starts_with("ERR ") ? x.text.substr(4) : x.text};
}

reply ask(command_context& context, const server_link::words& request) {
  auto result = context.server.call(request);
  check_reply(result);
  return result;
}

std::vector<std::string> all_names(command_context& context) {
  std::vector<std::string> result;
  for (auto& x : ask(context, {"KEYS", "*"}).items)
    result.push_back(std::move(x.text));
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> bucket_names(command_context& context) {
  std::vector<std::string> result;
  auto names = all_names(context);
  for (const auto& name : names)
    context.server.push({"TYPE", name});
  for (auto& name : names)
    if (context.server.receive().text == "hash")
      result.push_back(std::move(name));
  return result;
}

void no_such_bucket(command_context& context, const std::string& name) {
  throw command_failure{exit_status::failed,
                        "no bucket " + in_quotes(name)
                          + suggestion(name, bucket_names(context))};
}

} // namespace kv::app
