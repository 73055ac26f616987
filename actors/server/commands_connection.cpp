#include "actors/server/client_names.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace kv::server {

namespace {

void ping(resp_session& self, arguments args) {
  auto out = self.reply();
  if (args.size() > 2) {
    out.error("ERR wrong number of arguments for 'ping' command");
  } else if (self.subscriptions().any()
             && self.version() == resp_version::resp2) {
    out.array(2);
    out.bulk("pong");
    out.bulk(args.size() == 2 ? args[1] : "");
  } else if (args.size() == 2) {
    out.bulk(args[1]);
  } else {
    out.simple_string("PONG");
  }
}

void echo(resp_session& self, arguments args) {
  self.reply().bulk(args[1]);
}

void quit(resp_session& self, arguments) {
  self.reply().simple_string("OK");
  self.quit();
}

void reset(resp_session& self, arguments) {
  self.reset();
  self.reply().simple_string("RESET");
}

void select(resp_session& self, arguments args) {
  auto out = self.reply();
  int64_t db = 0;
  auto [ptr, err] = std::from_chars(args[1].data(),
                                    args[1].data() + args[1].size(), db);
  if (err != std::errc{} || ptr != args[1].data() + args[1].size())
    out.error("ERR value is not an integer or out of range");
  else if (db != 0)
    out.error("ERR DB index is out of range");
  else
    out.simple_string("OK");
}

constexpr std::string_view no_password
  = "ERR AUTH <password> called without any password configured for the "
    "default user. Are you sure your configuration is correct?";
constexpr std::string_view wrong_password
  = "WRONGPASS invalid username-password pair or user is disabled.";

// If the user `default` needs no password, any will do, as with Redis.
bool admits(resp_session& self, std::string_view user, std::string_view guess) {
  return user == "default"
         && (!self.service().access->required() || self.authenticate(guess));
}

void auth(resp_session& self, arguments args) {
  auto out = self.reply();
  if (args.size() > 3)
    out.error("ERR syntax error");
  else if (args.size() == 2 && !self.service().access->required())
    out.error(no_password);
  else if (admits(self, args.size() == 2 ? "default" : args[1], args.back()))
    out.simple_string("OK");
  else
    out.error(wrong_password);
}

void greet(resp_session& self) {
  auto out = self.reply();
  constexpr size_t entries = 7;
  out.map(entries);
  out.bulk("server");
  out.bulk("kv");
  out.bulk("version");
  out.bulk(self.service().version);
  out.bulk("proto");
  out.integer(static_cast<int64_t>(self.version()));
  out.bulk("id");
  out.integer(static_cast<int64_t>(self.id()));
  out.bulk("mode");
  out.bulk("standalone");
  out.bulk("role");
  out.bulk("master");
  out.bulk("modules");
  out.array(0);
}

constexpr std::string_view hello_needs_password
  = "NOAUTH HELLO must be called with the client already authenticated, "
    "otherwise the HELLO AUTH <user> <pass> option can be used to "
    "authenticate the client and select the RESP protocol version at the same "
    "time";

void hello(resp_session& self, arguments args) {
  auto version = self.version();
  if (args.size() > 1) {
    if (args[1] != "2" && args[1] != "3") {
      int64_t number = 0;
      auto [ptr, err] = std::from_chars(args[1].data(),
                                        args[1].data() + args[1].size(),
                                        number);
      auto whole = err == std::errc{} && ptr == args[1].data() + args[1].size();
      self.reply().error(
        whole ? "NOPROTO unsupported protocol version"
              : "ERR Protocol version is not an integer or out of range");
      return;
    }
    version = args[1] == "3" ? resp_version::resp3 : resp_version::resp2;
  }
  std::string_view name;
  for (size_t i = 2; i < args.size(); ++i) {
    auto left = args.size() - 1 - i;
    if (is_word(args[i], "SETNAME") && left >= 1) {
      name = args[++i];
      if (!is_client_name(name)) {
        self.reply().error(bad_name);
        return;
      }
    } else if (is_word(args[i], "AUTH") && left >= 2) {
      if (!admits(self, args[i + 1], args[i + 2])) {
        self.reply().error(wrong_password);
        return;
      }
      i += 2;
    } else {
      self.reply().error("ERR Syntax error in HELLO option '"
                         + std::string{args[i]} + "'");
      return;
    }
  }
  if (!self.authenticated()) {
    self.reply().error(hello_needs_password);
    return;
  }
  self.version(version);
  if (!name.empty())
    self.info().name(std::string{name});
  greet(self);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view connection = "connection";

constexpr uint16_t fast = flag_fast;
constexpr uint16_t at_once = flag_fast | flag_no_multi;
constexpr uint16_t to_enter = at_once | flag_no_auth;
constexpr uint16_t always = to_enter | flag_pubsub;

constexpr std::array<command, 7> table{{
  on_session({"ping", -1, fast | flag_pubsub, 0, 0, 0, connection, "1.0.0", o1,
              "Returns PONG, or the message.", "[message]"},
             ping),
  on_session({"echo", 2, fast, 0, 0, 0, connection, "1.0.0", o1,
              "Returns the message.", "message"},
             echo),
  on_session({"quit", -1, always, 0, 0, 0, connection, "1.0.0", o1,
              "Closes the connection.", ""},
             quit),
  on_session({"reset", 1, always, 0, 0, 0, connection, "6.2.0", o1,
              "Makes the connection as new.", ""},
             reset),
  on_session({"select", 2, fast, 0, 0, 0, connection, "1.0.0", o1,
              "Chooses a database; there is only 0.", "index"},
             select),
  on_session({"auth", -2, to_enter, 0, 0, 0, connection, "1.0.0", o1,
              "Authenticates the connection.", "[username] password"},
             auth),
  on_session({"hello", -1, to_enter, 0, 0, 0, connection, "6.0.0", o1,
              "Chooses the version of the protocol.",
              "[protover [AUTH username password] [SETNAME clientname]]"},
             hello),
}};

} // namespace

std::span<const command> connection_commands() {
  return table;
}

} // namespace kv::server
