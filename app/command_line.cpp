#include "app/command_line.hpp"

#include "app/client/command.hpp"
#include "app/option_table.hpp"
#include "app/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace kv::app {

namespace {

using std::string;

constexpr std::string_view hint = " (see kv --help)";

[[noreturn]] void refuse(const string& line) {
  throw refusal{exit_status::usage, line + string{hint}};
}

std::vector<string> all_commands() {
  auto result = client_command_names();
  result.insert(result.end(), {"add", "new", "serve", "shell"});
  return result;
}

bool is_client(const string& word) {
  return word == "shell" || find_client_command(word) != nullptr;
}

/// A command line, and the words of it that are for CLI11.
struct divided {
  command_line line;
  std::vector<string> options;
};

/// Takes a client's command and its operands out.
divided divide(const std::vector<string>& args) {
  divided result;
  auto& command = result.line.command;
  auto only_operands = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const auto& word = args[i];
    auto is_long = word.size() > 2 && word.starts_with("--");
    if (is_long && !only_operands) {
      result.options.push_back(word);
      auto takes_next = word.find('=') == string::npos
                        && find_option(word.substr(2)) != nullptr;
      if (takes_next && i + 1 < args.size())
        result.options.push_back(args[++i]);
    } else if (command.empty() && is_client(word)) {
      command = word;
    } else if (command.empty() || (word == "-h" && !only_operands)) {
      result.options.push_back(word);
    } else if (word == "--" && !only_operands) {
      only_operands = true;
    } else {
      result.line.operands.push_back(word);
    }
  }
  return result;
}

[[noreturn]] void refuse_word(const string& word, bool has_command) {
  if (!word.starts_with('-') && has_command)
    refuse(in_quotes(word) + ": unexpected argument");
  if (!word.starts_with('-'))
    refuse(in_quotes(word) + ": unknown command"
           + suggestion(word, all_commands()));
  auto name = word.substr(0, word.find('='));
  std::vector<string> known{"--help", "--version", "--print-config"};
  for (const auto& spec : option_table())
    known.push_back("--" + string{spec.name});
  refuse(in_quotes(name) + ": unknown option" + suggestion(name, known));
}

} // namespace

command_line parse_command_line(const std::vector<string>& args) {
  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras();
  bool help = false;
  bool version = false;
  bool print_config = false;
  parser.add_flag("-h,--help", help);
  parser.add_flag("--version", version);
  parser.add_flag("--print-config", print_config);
  auto* serve = parser.add_subcommand("serve");
  serve->set_help_flag();
  serve->fallthrough();
  auto [result, words] = divide(args);
  auto& options = result.options; // lambdas do not take structured bindings
  for (const auto& spec : option_table())
    parser
      .add_option_function<std::vector<string>>(
        "--" + string{spec.name},
        [&options, &spec](const std::vector<string>& texts) {
          for (const auto& text : texts)
            options.push_back({&spec, text});
        })
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  try {
    // CLI11 takes them from the back.
    parser.parse(std::vector<string>{words.rbegin(), words.rend()});
  } catch (const CLI::ArgumentMismatch& reason) {
    string what = reason.what(); // Begins with the option's name.
    refuse(what.substr(0, what.find(':')) + ": expected a value");
  } catch (const CLI::ParseError& reason) {
    refuse(reason.what());
  }
  if (auto rest = parser.remaining(true); !rest.empty())
    refuse_word(rest.front(), serve->parsed());
  if (help && !result.command.empty())
    result.what = action::client_help;
  else if (help)
    result.what = serve->parsed() ? action::serve_help : action::help;
  else if (version)
    result.what = action::version;
  else if (print_config)
    result.what = action::print_config;
  else if (!result.command.empty())
    result.what = action::client;
  return result;
}

} // namespace kv::app
