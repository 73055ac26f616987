#include "app/client/shell.hpp"

#include "app/client/completion.hpp"
#include "app/client/line_editor.hpp"
#include "app/text.hpp"

#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <istream>
#include <ostream>
#include <poll.h>
#include <unistd.h>

namespace kv::app {

namespace {

using std::string;

/// One line after the other: what they mean, and what they do.
class shell {
public:
  explicit shell(command_context& context) : context_(context) {
    // nop
  }

  /// Runs a line; returns false if it was the last one.
  bool run(const string& line) {
    try {
      auto words = split_line(line);
      if (words.empty())
        return true;
      if (words[0] == "quit" || words[0] == "exit")
        return false;
      run_words(words);
    } catch (const command_failure& reason) {
      complain(reason);
    } catch (const cannot_connect& reason) {
      complain(reason);
      reconnect();
    }
    context_.out.flush();
    return true;
  }

  bool failed() const noexcept {
    return failed_;
  }

private:
  void run_words(const std::vector<string>& words) {
    auto rest = operands{words}.subspan(1);
    if (words[0] == "help")
      help(rest);
    else if (words[0] == "time")
      time(rest);
    else if (const auto* what = find_client_command(words[0]))
      run_client_command(*what, context_, rest);
    else if (words[0][0] >= 'a' && words[0][0] <= 'z')
      refuse(words[0]);
    else
      context_.out << pretty(call(words)) << '\n';
  }

  reply call(const std::vector<string>& words) {
    auto result = context_.server.call(words);
    failed_ = failed_ || result.is_error();
    return result;
  }

  [[noreturn]] static void refuse(const string& word) {
    auto known = online_command_names();
    known.insert(known.end(), shell_words().begin(), shell_words().end());
    throw command_failure{exit_status::usage,
                          in_quotes(word) + ": unknown command"
                            + suggestion(word, known)
                            + " Redis commands are upper case; try help."};
  }

  void time(operands words) {
    if (words.empty())
      throw command_failure{exit_status::usage, "time: expected a command"};
    auto begin = std::chrono::steady_clock::now();
    run_words({words.begin(), words.end()});
    std::chrono::duration<double, std::milli> spent
      = std::chrono::steady_clock::now() - begin;
    context_.out << std::fixed << std::setprecision(3) << spent.count()
                 << " ms\n";
  }

  void row(std::string_view name, std::string_view usage,
           std::string_view summary) {
    constexpr size_t column = 30;
    auto left = "  " + string{name} + ' ' + string{usage};
    left.resize(std::max(column, left.size() + 1), ' ');
    context_.out << left << summary << '\n';
  }

  void help(operands words) {
    if (words.empty()) {
      for (const auto& x : client_commands())
        if (x.run != nullptr)
          row(x.name, x.usage, x.summary);
      row("time", "COMMAND ...", "run a command, then print how long it took");
      row("help", "[COMMAND]", "describe all commands, or one");
      row("quit", "", "leave; so does ^D");
      context_.out << "In upper case: any Redis command, as HSET shopping milk "
                      "1; `help HSET` describes it.\n";
    } else if (const auto* what = find_client_command(words[0])) {
      row(what->name, what->usage, what->summary);
    } else {
      help_redis(words[0]);
    }
  }

  void help_redis(const string& name) {
    auto docs = ask(context_, {"COMMAND", "DOCS", name});
    if (docs.items.size() < 2)
      refuse(name);
    context_.out << "  " << docs.items[0].text << '\n';
    const auto& facts = docs.items[1].items;
    for (size_t i = 0; i + 1 < facts.size(); i += 2)
      if (facts[i + 1].what == reply::kind::bytes)
        context_.out << "  " << facts[i].text << ": " << facts[i + 1].text
                     << '\n';
  }

  void complain(const std::exception& reason) {
    failed_ = true;
    context_.out.flush();
    context_.err << on_one_line(reason.what()) << std::endl;
  }

  // The line is not sent again: it may have been done.
  void reconnect() {
    try {
      context_.server = server_link{context_.server.where()};
      context_.err << "connected again" << std::endl;
    } catch (const cannot_connect&) {
      // The next line tries once more.
    }
  }

  command_context& context_;
  bool failed_ = false;
};

string history_file() {
  const auto* home = std::getenv("HOME"); // NOLINT(concurrency-mt-unsafe)
  return home != nullptr && *home != '\0' ? string{home} + "/.kv_history"
                                          : string{};
}

/// A password does not belong into a file of ours.
bool is_secret(const string& line) {
  auto upper = line;
  for (auto& c : upper)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper.find("AUTH") != string::npos;
}

bool enter_pressed() {
  pollfd x{STDIN_FILENO, POLLIN, 0};
  if (::poll(&x, 1, 0) <= 0)
    return false;
  char c = 0;
  return ::read(STDIN_FILENO, &c, 1) <= 0 || c == '\n' || c == '\r' || c == 'q';
}

void run_on_terminal(command_context& context) {
  shell commands{context};
  context.stopped = [] { return enter_pressed(); };
  line_editor editor{
    {"kv> ", history_file(),
     [&](std::string_view line) { return complete(context, line); }, hint}};
  context.out << "connected to " << context.server.where().text()
              << "; help, quit" << std::endl;
  for (string line;;) {
    auto got = editor.read(line);
    if (got == line_editor::outcome::end)
      return;
    if (got == line_editor::outcome::interrupted || trimmed(line).empty())
      continue;
    if (!is_secret(line))
      editor.remember(line);
    if (!commands.run(line))
      return;
  }
}

} // namespace

exit_status run_shell(command_context& context) {
  if (::isatty(STDIN_FILENO) == 1) {
    run_on_terminal(context);
    return exit_status::ok;
  }
  shell commands{context};
  for (string line; std::getline(context.in, line) && commands.run(line);) {
    // Goes on.
  }
  return commands.failed() ? exit_status::failed : exit_status::ok;
}

} // namespace kv::app
