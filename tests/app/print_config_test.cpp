#include "app/print_config.hpp"

#include "app/ini_file.hpp"

#include "tests/app/scratch.hpp"
#include "tests/support/catch.hpp"

#include <fstream>
#include <iterator>

using namespace kv::app;
using kv::app::test::scratch;

namespace {

std::string shipped_file() {
  std::ifstream in{KV_INI};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string print(const sources& from) {
  config cfg;
  auto found = load_settings(cfg, from);
  return print_config(cfg, found);
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find('\n' + line + '\n') != std::string::npos;
}

} // namespace

TEST_CASE("print-config shows every value and where it came from") {
  scratch folder;
  scratch::write("caf-application.ini",
                 "[kv]\nmax-clients = 7\nwith = [\"counter\"]\n"
                 "[scheduler]\nmax-threads = 2\n");
  auto text = print({.command_line = {{find_option("bind"), "::1"}},
                     .environment = {{"KV_LINE_PORT", "off"}},
                     .actor_types = {"counter"}});
  CHECK(text.starts_with("; configuration file: caf-application.ini\n[kv]\n"));
  CHECK(has_line(text, "bind = \"::1\"  ; command line"));
  CHECK(has_line(text, "line-port = \"off\"  ; KV_LINE_PORT"));
  CHECK(has_line(text, "max-clients = 7  ; caf-application.ini:2"));
  CHECK(has_line(text, "with = [\"counter\"]  ; caf-application.ini:3"));
  CHECK(has_line(text, "log-level = \"info\"  ; default"));
  CHECK(has_line(text, "max-threads = 2  ; caf-application.ini:5"));
  CHECK(has_line(text, "policy = 'awake'  ; default"));
  for (const auto& spec : option_table())
    if (spec.in_file)
      CHECK(text.find('\n' + std::string{spec.name} + " = ")
            != std::string::npos);
}

TEST_CASE("what print-config prints is a configuration that says the same") {
  scratch folder;
  auto values = [](const std::string& text) {
    std::string result;
    for (const auto& entry : parse_ini(text).entries)
      result += entry.key + '=' + entry.text + '\n';
    return result;
  };
  auto before
    = print({.command_line = {{find_option("log-file"), R"(a "b" \ c; d)"},
                              {find_option("line-port"), "off"}},
             .environment = {{"KV_WITH", "counter"}},
             .actor_types = {"counter"}});
  scratch::write("caf-application.ini", before);
  auto after = print({.actor_types = {"counter"}});
  CHECK(values(before) == values(after));
  CHECK(after.find("; default\n") == std::string::npos);
}

TEST_CASE("the shipped file holds every option, commented, with its default") {
  scratch folder;
  auto text = shipped_file();
  auto file = parse_ini(text);
  REQUIRE(!file.mistake);
  std::vector<std::string> keys;
  for (const auto& entry : file.entries)
    if (entry.key.starts_with("kv."))
      keys.push_back(entry.key.substr(3));
  std::vector<std::string> expected;
  for (const auto& spec : option_table())
    if (spec.in_file)
      expected.emplace_back(spec.name);
  CHECK(keys == expected);
  for (const auto& key : keys)
    CHECK(text.find(".\n" + key + " = ") != std::string::npos);
  scratch::write("caf-application.ini", text);
  config with_file;
  auto found = load_settings(with_file, {});
  for (const auto& x : found.ours) {
    CAPTURE(x.spec->name);
    CHECK(x.texts
          == (x.spec->default_text.empty()
                ? std::vector<std::string>{}
                : std::vector{std::string{x.spec->default_text}}));
  }
  std::filesystem::remove("caf-application.ini");
  config without_file;
  load_settings(without_file, {});
  CHECK(with_file.dump_content() == without_file.dump_content());
}
