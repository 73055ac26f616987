#include "app/command_line.hpp"

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

[[noreturn]] void refuse_word(const string& word, bool has_command) {
  if (!word.starts_with('-') && has_command)
    refuse(in_quotes(word) + ": unexpected argument");
  if (!word.starts_with('-'))
    refuse(in_quotes(word) + ": unknown command" + suggestion(word, {"serve"}));
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
  command_line result;
  for (const auto& spec : option_table())
    parser
      .add_option_function<std::vector<string>>(
        "--" + string{spec.name},
        [&result, &spec](const std::vector<string>& texts) {
          for (const auto& text : texts)
            result.options.push_back({&spec, text});
        })
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  try {
    // CLI11 takes them from the back.
    parser.parse(std::vector<string>{args.rbegin(), args.rend()});
  } catch (const CLI::ArgumentMismatch& reason) {
    string what = reason.what(); // Begins with the option's name.
    refuse(what.substr(0, what.find(':')) + ": expected a value");
  } catch (const CLI::ParseError& reason) {
    refuse(reason.what());
  }
  if (auto rest = parser.remaining(true); !rest.empty())
    refuse_word(rest.front(), serve->parsed());
  if (help)
    result.what = serve->parsed() ? action::serve_help : action::help;
  else if (version)
    result.what = action::version;
  else if (print_config)
    result.what = action::print_config;
  return result;
}

} // namespace kv::app
