#include "app/command_line.hpp"

#include "tests/support/catch.hpp"

using namespace kv::app;

namespace {

std::string refused(const std::vector<std::string>& args) {
  try {
    parse_command_line(args);
  } catch (const refusal& reason) {
    CHECK(reason.status() == exit_status::usage);
    return reason.what();
  }
  return "not refused";
}

} // namespace

TEST_CASE("without a command the program serves") {
  CHECK(parse_command_line({}).what == action::serve);
  CHECK(parse_command_line({"serve"}).what == action::serve);
}

TEST_CASE("help, version and print-config are told apart") {
  CHECK(parse_command_line({"--help"}).what == action::help);
  CHECK(parse_command_line({"-h"}).what == action::help);
  CHECK(parse_command_line({"serve", "--help"}).what == action::serve_help);
  CHECK(parse_command_line({"--version"}).what == action::version);
  CHECK(parse_command_line({"--print-config"}).what == action::print_config);
  CHECK(parse_command_line({"serve", "--print-config"}).what
        == action::print_config);
}

TEST_CASE("options stand before and after the command, with = or without") {
  auto line = parse_command_line(
    {"--line-port=1", "serve", "--bind", "::1", "--with", "a", "--with=b"});
  REQUIRE(line.options.size() == 4);
  std::vector<std::string> all;
  for (const auto& [spec, text] : line.options)
    all.push_back(std::string{spec->name} + ' ' + text);
  std::sort(all.begin(), all.end());
  CHECK(
    all
    == std::vector<std::string>{"bind ::1", "line-port 1", "with a", "with b"});
}

TEST_CASE("a wrong command line is refused in one line") {
  CHECK(refused({"sevre"})
        == R"("sevre": unknown command; did you mean serve? (see kv --help))");
  CHECK(refused({"serve", "me"})
        == R"("me": unexpected argument (see kv --help))");
  CHECK(refused({"--lin-port=5"})
        == R"("--lin-port": unknown option; did you mean --line-port? )"
           "(see kv --help)");
  CHECK(refused({"--nonsense"})
        == R"("--nonsense": unknown option (see kv --help))");
  CHECK(refused({"--line-port"})
        == "--line-port: expected a value (see kv --help)");
  CHECK(refused({"serve", "--line-port="})
        == "--line-port: expected a value (see kv --help)");
  CHECK(refused({""}) == R"("": unknown command (see kv --help))");
  CHECK(refused({"--", "serve"}) == R"("--": unknown option (see kv --help))");
}
