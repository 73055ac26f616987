#include "actors/server/quoted_words.hpp"

#include "tests/support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace kv::server;
using namespace std::literals;

namespace {

using words = std::vector<std::string>;

std::optional<words> split(std::string line) {
  std::vector<std::string_view> result;
  if (!split_quoted(line, result))
    return std::nullopt;
  return words{result.begin(), result.end()};
}

} // namespace

TEST_CASE("words are quoted as Redis does", "[resp]") {
  struct row {
    std::string line;
    words parts;
  };
  const std::vector<row> table{
    {"", {}},
    {" \t\r\n\v\f", {}},
    {"a", {"a"}},
    {" a  b\tc ", {"a", "b", "c"}},
    {"\va\vb\fc d\f", {"a\vb\fc", "d\f"}},
    {"\"\" ''", {"", ""}},
    {"\"a b\" 'c d'", {"a b", "c d"}},
    {"a\"b c\" d'e f'", {"ab c", "de f"}},
    {R"("it's" 'so "to" say')", {"it's", R"(so "to" say)"}},
    {R"("\n\r\t\b\a")", {"\n\r\t\b\a"}},
    {R"("\"\\\q\'")", {"\"\\q'"}},
    {R"("\x00\x7f\xFF\xaB")", {"\0\x7f\xFF\xAB"s}},
    {R"("\x" "\x1" "\x1g" "\xg1" "\X41")", {"x", "x1", "x1g", "xg1", "X41"}},
    {R"("\x4142")", {"A42"}},
    {R"('\'' '\n' '\"' '\\'')", {"'", "\\n", "\\\"", "\\'"}},
    {R"(\n \)", {"\\n", "\\"}},
    {"\"a\"\vb", {"a", "b"}},
    {"\xFF\x80 \0"s, {"\xFF\x80", "\0"s}},
  };
  for (const auto& [line, parts] : table) {
    INFO(line);
    CHECK(split(line) == parts);
  }
}

TEST_CASE("quotes have to be balanced", "[resp]") {
  for (std::string line : {"\"", "'", "a \"b", "a 'b", "a\"", "\"a\"b", "'a'b",
                           R"("a""b")", "'a''b'", R"("a\")", "'a\\'", "\"\\",
                           "'\\", "\"\\x4", "\"\\x41", "\"a'", "'a\""}) {
    INFO(line);
    CHECK_FALSE(split(line));
  }
}

TEST_CASE("words lie in their line", "[resp]") {
  auto line = R"(SET "a\x20b" 'c d' e)"s;
  std::vector<std::string_view> parts;
  REQUIRE(split_quoted(line, parts));
  REQUIRE(parts.size() == 4);
  for (auto part : parts) {
    CHECK(part.data() >= line.data());
    CHECK(part.data() + part.size() <= line.data() + line.size());
  }
}

TEST_CASE("no byte behind a line decides", "[resp]") {
  for (auto whole : {R"("\x41" )"s, R"('a\'b')"s, R"("a\"b")"s, R"("ab" )"s}) {
    auto complete = split(whole).has_value();
    for (size_t size = 0; size < whole.size(); ++size) {
      INFO(whole << " up to " << size);
      auto text = whole;
      std::vector<std::string_view> parts;
      auto result = split_quoted({text.data(), size}, parts);
      CHECK(result == split(whole.substr(0, size)).has_value());
      CHECK(text.substr(size) == whole.substr(size));
    }
    CHECK(complete);
  }
}
