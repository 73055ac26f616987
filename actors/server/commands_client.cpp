#include "actors/server/client_names.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <string>

namespace kv::server {

namespace {

void set_name(resp_session& self, std::string_view name) {
  if (!is_client_name(name)) {
    self.reply().error(bad_name);
    return;
  }
  self.info().name(std::string{name});
  self.reply().simple_string("OK");
}

void reply_name(resp_session& self) {
  auto name = self.info().name();
  if (name.empty())
    self.reply().null();
  else
    self.reply().bulk(name);
}

void reply_list(resp_session& self) {
  std::string text;
  for (const auto& x : self.service().all_clients.all())
    text += x->line() + '\n';
  self.reply().verbatim("txt", text);
}

void client(resp_session& self, arguments args) {
  auto words = args.size();
  if (is_word(args[1], "ID") && words == 2)
    self.reply().integer(static_cast<int64_t>(self.id()));
  else if (is_word(args[1], "GETNAME") && words == 2)
    reply_name(self);
  else if (is_word(args[1], "SETNAME") && words == 3)
    set_name(self, args[2]);
  else if (is_word(args[1], "SETINFO") && words == 4)
    self.reply().simple_string("OK"); // nobody asks for it
  else if (is_word(args[1], "INFO") && words == 2)
    self.reply().verbatim("txt", self.info().line() + '\n');
  else if (is_word(args[1], "LIST") && words == 2)
    reply_list(self);
  else
    self.reply().error(
      "ERR unknown subcommand or wrong number of arguments for '"
      + std::string{args[1]} + "'. Try CLIENT HELP.");
}

constexpr std::array<command, 1> table{{
  on_session({"client", -2, 0, 0, 0, 0, "connection", "2.4.0", "O(1)",
              "Names connections, and describes them.",
              "ID | GETNAME | SETNAME connection-name | INFO | LIST | SETINFO "
              "attribute value"},
             client),
}};

} // namespace

std::span<const command> client_commands() {
  return table;
}

} // namespace kv::server
