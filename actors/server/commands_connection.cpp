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
  if (args.size() > 2)
    out.error("ERR wrong number of arguments for 'ping' command");
  else if (args.size() == 2)
    out.bulk(args[1]);
  else
    out.simple_string("PONG");
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

// A name is one word of visible ASCII.
bool is_client_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c >= '!' && c <= '~'; });
}

constexpr std::string_view bad_name
  = "ERR Client names cannot contain spaces, newlines or special characters.";

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
    self.client_name() = name;
  greet(self);
}

void client(resp_session& self, arguments args) {
  auto out = self.reply();
  auto words = args.size();
  if (is_word(args[1], "ID") && words == 2) {
    out.integer(static_cast<int64_t>(self.id()));
  } else if (is_word(args[1], "GETNAME") && words == 2) {
    if (self.client_name().empty())
      out.null();
    else
      out.bulk(self.client_name());
  } else if (is_word(args[1], "SETNAME") && words == 3) {
    if (!is_client_name(args[2])) {
      out.error(bad_name);
      return;
    }
    self.client_name() = args[2];
    out.simple_string("OK");
  } else if (is_word(args[1], "INFO") && words == 2) {
    out.verbatim("txt", "id=" + std::to_string(self.id())
                          + " name=" + self.client_name() + " db=0 resp="
                          + std::to_string(static_cast<int>(self.version()))
                          + "\n");
  } else {
    out.error("ERR unknown subcommand or wrong number of arguments for '"
              + std::string{args[1]} + "'. Try CLIENT HELP.");
  }
}

void multi(resp_session& self, arguments) {
  self.begin_transaction();
}

void exec(resp_session& self, arguments) {
  self.execute_transaction();
}

void discard(resp_session& self, arguments) {
  self.discard_transaction();
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view connection = "connection";
constexpr std::string_view transactions = "transactions";

const std::array<command, 11> table{{
  {"ping", -1, flag_fast, 0, 0, 0, connection, "1.0.0", o1,
   "Returns PONG, or the message.", "[message]", ping},
  {"echo", 2, flag_fast, 0, 0, 0, connection, "1.0.0", o1,
   "Returns the message.", "message", echo},
  {"quit", -1, flag_fast | flag_no_multi | flag_no_auth, 0, 0, 0, connection,
   "1.0.0", o1, "Closes the connection.", "", quit},
  {"reset", 1, flag_fast | flag_no_multi | flag_no_auth, 0, 0, 0, connection,
   "6.2.0", o1, "Makes the connection as new.", "", reset},
  {"select", 2, flag_fast, 0, 0, 0, connection, "1.0.0", o1,
   "Chooses a database; there is only 0.", "index", select},
  {"auth", -2, flag_fast | flag_no_multi | flag_no_auth, 0, 0, 0, connection,
   "1.0.0", o1, "Authenticates the connection.", "[username] password", auth},
  {"hello", -1, flag_fast | flag_no_multi | flag_no_auth, 0, 0, 0, connection,
   "6.0.0", o1, "Chooses the version of the protocol.",
   "[protover [AUTH username password] [SETNAME clientname]]", hello},
  {"client", -2, 0, 0, 0, 0, connection, "2.4.0", o1,
   "Names the connection, or describes it.",
   "ID | GETNAME | SETNAME connection-name | INFO", client},
  {"multi", 1, flag_fast | flag_no_multi, 0, 0, 0, transactions, "1.2.0", o1,
   "Begins a transaction on one bucket.", "", multi},
  {"exec", 1, flag_no_multi, 0, 0, 0, transactions, "1.2.0",
   "Depends on commands in the transaction",
   "Runs the requests of the transaction as one.", "", exec},
  {"discard", 1, flag_fast | flag_no_multi, 0, 0, 0, transactions, "2.0.0",
   "O(N), when N is the number of queued commands", "Drops the transaction.",
   "", discard},
}};

} // namespace

std::span<const command> connection_commands() {
  return table;
}

} // namespace kv::server
