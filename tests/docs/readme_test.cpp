// What the README shows is what happens.

#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/process.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

using namespace kv;

namespace {

std::string content(const std::string& path) {
  std::ifstream in{std::string{KV_ROOT} + '/' + path, std::ios::binary};
  REQUIRE(in);
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// All of the project's pages for its users.
constexpr std::array pages{"README.md", "DESIGN.md", "actors/ets/README.md",
                           "tests/docs/tutorial/README.md"};

/// A fenced block of Markdown.
struct block {
  std::string above; ///< The line before it.
  std::string language;
  std::vector<std::string> lines;
};

std::vector<block> blocks_of(const std::string& markdown) {
  std::vector<block> result;
  std::string above;
  auto inside = false;
  for (auto& line : lines_of(markdown)) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside)
        result.push_back({above, line.substr(3), {}});
    } else if (inside) {
      result.back().lines.push_back(line);
    }
    above = line;
  }
  return result;
}

/// Types into the shell what stands behind its prompt, and expects the rest.
void check_shell(const std::vector<std::string>& script,
                 const std::string& port) {
  const std::string prompt = "kv> ";
  std::string typed;
  std::string expected;
  for (const auto& line : script) {
    if (line.starts_with(prompt))
      typed += line.substr(prompt.size()) + '\n';
    else
      expected += line + '\n';
  }
  test::process shell{{"/bin/sh", "-c",
                       "printf %s \"$0\" | \"$1\" --resp-port \"$2\" shell",
                       typed, KV_PROGRAM, port}};
  CHECK(shell.wait() == 0);
  CHECK(shell.out() == expected);
  CHECK_FALSE(expected.empty());
}

bool is_typed(const std::string& line) {
  for (std::string verb : {"CREATE ", "PUT ", "GET ", "DELETE "})
    if (line.starts_with(verb))
      return true;
  return false;
}

} // namespace

TEST_CASE("the README's transcript is what happens", "[docs]") {
  std::vector<std::string> script;
  for (auto& x : blocks_of(content("README.md")))
    if (!x.lines.empty() && x.lines.front() == "$ app/run") {
      script = x.lines;
      break;
    }
  REQUIRE(script.size() > 4);
  test::process kv{
    {KV_PROGRAM, "serve", "--line-port", "0", "--resp-port", "0"}, KV_ROOT};
  CHECK(kv.read_line() == script[1]);
  // All but the ports, which the README's reader has to himself.
  CHECK(script[2] == "ready line=127.0.0.1:4040 resp=127.0.0.1:6380");
  CHECK(script[3] == "$ nc 127.0.0.1 4040");
  std::smatch ports;
  auto line = kv.read_line();
  REQUIRE(std::regex_match(
    line, ports,
    std::regex{R"(ready line=127\.0\.0\.1:(\d+) resp=127\.0\.0\.1:(\d+))"}));
  test::line_client peer{static_cast<uint16_t>(std::stoul(ports[1]))};
  const std::string redis_cli = "$ redis-cli -p 6380 ";
  size_t typed = 0;
  for (size_t i = 4; i < script.size(); ++i) {
    INFO(script[i]);
    if (is_typed(script[i])) {
      peer.send(script[i] + '\n');
      ++typed;
    } else if (script[i].starts_with(redis_cli)) {
      // As on a terminal.
      std::vector<std::string> words{"redis-cli", "--no-raw", "-p", ports[2]};
      std::istringstream rest{script[i].substr(redis_cli.size())};
      for (std::string word; rest >> word;)
        words.push_back(word);
      test::process cli{words};
      CHECK(cli.read_line() == script[++i]);
      CHECK(cli.wait() == 0);
      ++typed;
    } else if (script[i] == "$ app/run shell") {
      check_shell({script.begin() + static_cast<ptrdiff_t>(i) + 1,
                   script.end()},
                  ports[2]);
      ++typed;
      break;
    } else {
      CHECK(peer.read_line() == script[i]);
    }
  }
  CHECK(typed > 0);
  // That was all it said.
  CHECK(peer.ask("x") == "UNKNOWN COMMAND");
  kv.signal(SIGTERM);
  CHECK(kv.wait() == 0);
}

TEST_CASE("what a page quotes from a file is in that file", "[docs]") {
  const std::string start = "<!-- file: ";
  for (auto page : pages)
    for (auto& x : blocks_of(content(page))) {
      if (!x.above.starts_with(start))
        continue;
      auto path = x.above.substr(start.size());
      path.erase(path.find(" -->"));
      INFO(page << " quotes " << path);
      std::string quoted;
      for (auto& line : x.lines)
        quoted += line + '\n';
      CHECK(('\n' + content(path)).find('\n' + quoted) != std::string::npos);
    }
}

TEST_CASE("every block of every page is compiled, quoted or replayed",
          "[docs]") {
  auto transcripts = 0;
  for (std::string page : pages)
    for (auto& x : blocks_of(content(page))) {
      INFO(page << ": " << x.lines.front());
      auto quoted = x.above.starts_with("<!-- file: ");
      auto compiled = x.language == "cpp"
                      && (page == "README.md"
                          || page == "actors/ets/README.md");
      auto typed = x.lines.front().starts_with("$ ");
      transcripts += typed ? 1 : 0;
      // What is left is a picture.
      CHECK((quoted || compiled || x.language.empty()));
    }
  CHECK(transcripts == 1); // the README's
}

TEST_CASE("the README's programs run", "[docs]") {
  std::istringstream paths{KV_EXAMPLES};
  for (std::string path; std::getline(paths, path, ':');) {
    INFO(path);
    test::process program{{path}};
    CHECK(program.wait() == 0);
    CHECK(program.err().empty());
  }
}
