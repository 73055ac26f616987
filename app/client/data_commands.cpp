#include "app/client/command.hpp"
#include "app/text.hpp"

#include <array>
#include <iterator>
#include <ostream>

namespace kv::app {

namespace {

using std::string;

bool is_bucket(command_context& context, const string& name) {
  return ask(context, {"TYPE", name}).text == "hash";
}

std::vector<string> keys_of(command_context& context, const string& bucket) {
  std::vector<string> result;
  for (auto& x : ask(context, {"HKEYS", bucket}).items)
    result.push_back(std::move(x.text));
  return result;
}

[[noreturn]] void no_such_key(command_context& context, const string& bucket,
                              const string& key) {
  if (!is_bucket(context, bucket))
    no_such_bucket(context, bucket);
  throw command_failure{exit_status::failed,
                        "no key " + in_quotes(key) + " in " + in_quotes(bucket)
                          + suggestion(key, keys_of(context, bucket))};
}

void get(command_context& context, operands args) {
  auto found = ask(context, {"HGET", args[0], args[1]});
  if (found.what == reply::kind::null)
    no_such_key(context, args[0], args[1]);
  context.out << found.text << '\n';
}

// As the guide has it: one puts into a bucket that was created.
void put(command_context& context, operands args) {
  if (!is_bucket(context, args[0]))
    no_such_bucket(context, args[0]);
  auto value = args[2];
  if (value == "-")
    value.assign(std::istreambuf_iterator<char>{context.in}, {});
  ask(context, {"HSET", args[0], args[1], value});
}

void del(command_context& context, operands args) {
  if (ask(context, {"HDEL", args[0], args[1]}).number == 0)
    no_such_key(context, args[0], args[1]);
}

void create(command_context& context, operands args) {
  server_link::words request{"KV.CREATE", args[0]};
  if (args.size() > 1)
    request.insert(request.end(), {"DURABILITY", args[1]});
  ask(context, request);
}

void kill(command_context& context, operands args) {
  if (!is_bucket(context, args[0])
      || ask(context, {"DEL", args[0]}).number == 0)
    no_such_bucket(context, args[0]);
}

void list(command_context& context, operands args) {
  if (args.empty()) {
    for (const auto& name : bucket_names(context))
      context.out << name << '\n';
    return;
  }
  if (!is_bucket(context, args[0]))
    no_such_bucket(context, args[0]);
  for (const auto& key : keys_of(context, args[0]))
    context.out << key << '\n';
}

void ping(command_context& context, operands) {
  context.out << ask(context, {"PING"}).text << '\n';
}

void info(command_context& context, operands args) {
  server_link::words request{"INFO"};
  request.insert(request.end(), args.begin(), args.end());
  context.out << ask(context, request).text;
}

void call(command_context& context, operands args) {
  context.out << plain(ask(context, {args.begin(), args.end()})) << '\n';
}

const std::array<client_command, 9> table{{
  {"get", "BUCKET KEY", "print a value", 2, 2, "bk", get},
  {"put", "BUCKET KEY VALUE", "store a value; - reads it from stdin", 3, 3,
   "bk-", put},
  {"del", "BUCKET KEY", "remove a key", 2, 2, "bk", del},
  {"create", "BUCKET [DURABILITY]",
   "create a bucket that stays; none, everysec, always", 1, 2, "--", create},
  {"kill", "BUCKET", "end a bucket, with all that is in it", 1, 1, "b", kill},
  {"list", "[BUCKET]", "print the buckets, or the keys of one", 0, 1, "b",
   list},
  {"ping", "", "ask whether the server answers", 0, 0, "", ping},
  {"info", "[SECTION ...]", "describe the server", 0, client_command::any, "",
   info},
  {"call", "COMMAND [WORD ...]", "send any Redis command, print the reply", 1,
   client_command::any, "", call},
}};

} // namespace

std::span<const client_command> data_commands() {
  return table;
}

} // namespace kv::app
