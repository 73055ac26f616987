#include "app/help.hpp"

#include "app/client/command.hpp"
#include "app/option_table.hpp"

#include <cstddef>
#include <string_view>

namespace kv::app {

namespace {

using std::string;

constexpr std::string_view examples = R"(
Examples:
  kv serve
      Serve 127.0.0.1, then talk to it: nc 127.0.0.1 4040, or as to Redis:
      redis-cli -p 6380
  kv serve --bind 0.0.0.0 --password-file secret --line-port off
      Serve Redis clients that know the first line of the file `secret`, from
      anywhere.
  KV_LINE_PORT=4041 kv --config my.ini --print-config
      Show every value and where it comes from, start nothing.
)";

constexpr std::string_view places = R"(
Every option may also be set in the environment, `--line-port` as KV_LINE_PORT
(lists with commas), and in the section [kv] of a configuration file. The
command line wins over the environment, that over the file, that over the
default. KV_PASSWORD holds a password itself.

Exit status: 0 ok, 1 failed or not found, 2 wrong command line, 3 no connection,
4 wrong configuration, 5 the supervision tree gave up, 70 an actor did not end
in time, 75 overloaded.
)";

void append_row(string& to, const string& left, std::string_view right) {
  constexpr size_t column = 24;
  to += "  " + left;
  to.append(left.size() < column ? column - left.size() : 1, ' ');
  to += string{right} + '\n';
}

void append_command(string& to, const client_command& x) {
  append_row(to, string{x.name} + ' ' + string{x.usage}, x.summary);
}

string options_text() {
  string result = "\nOptions:\n";
  for (const auto& spec : option_table()) {
    auto help = string{spec.help};
    if (!spec.default_text.empty() && spec.in_file)
      help += " [" + string{spec.default_text} + ']';
    append_row(result, "--" + string{spec.name} + ' ' + string{spec.metavar},
               help);
  }
  append_row(result, "--print-config", "print every value and its origin");
  append_row(result, "--version", "print the version");
  append_row(result, "-h, --help", "print this");
  return result;
}

} // namespace

string version_text() {
  return "kv " KV_VERSION " (CAF " KV_CAF_VERSION ")";
}

string help_text() {
  string result = "Usage: kv [serve] [OPTIONS]\n"
                  "       kv COMMAND [OPERAND ...] [OPTIONS]\n\n"
                  "Named buckets of keys and values, supervised, served to "
                  "many clients.\n\nCommands:\n";
  append_row(result, "serve",
             "run the server until SIGTERM or SIGINT; the "
             "default");
  append_row(result, "shell", "talk to a server");
  append_row(result, "new DIR", "make a project, see kv new --help");
  append_row(result, "add KIND NAME", "make one more actor, handler or table");
  for (const auto& x : client_commands())
    append_command(result, x);
  return result + options_text() + string{examples} + string{places};
}

string client_help_text(const string& command) {
  const auto* what = find_client_command(command);
  auto result = "Usage: kv " + command + ' '
                + (what != nullptr ? string{what->usage} + ' ' : string{})
                + "[OPTIONS]\n\n";
  if (what == nullptr)
    result += "Talks to a server: one command a line, with a history, and the "
              "tabulator\ncompletes commands, buckets and keys; `help` lists "
              "the commands.\n";
  else
    append_command(result, *what);
  return result
         + "\nThe server is at --host (or --bind) and --resp-port. Behind `--` "
           "nothing is an\noption.\n"
         + options_text() + string{places};
}

string serve_help_text() {
  return "Usage: kv serve [OPTIONS]\n\n"
         "Runs the supervision tree and the line server. Prints a line that "
         "begins with\n`ready` when clients can connect. SIGTERM and SIGINT "
         "shut it down in order.\n"
         + options_text() + string{places};
}

} // namespace kv::app
