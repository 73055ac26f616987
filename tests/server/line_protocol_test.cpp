#include "actors/server/line_protocol.hpp"

#include "tests/support/catch.hpp"

#include <string>

using namespace kv::server;
using namespace std::literals;

namespace {

std::string utf8(unsigned c) {
  std::string result;
  if (c < 0x80) {
    result += static_cast<char>(c);
  } else if (c < 0x800) {
    result += static_cast<char>(0xC0 | c >> 6);
    result += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    result += static_cast<char>(0xE0 | c >> 12);
    result += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    result += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    result += static_cast<char>(0xF0 | c >> 18);
    result += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    result += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    result += static_cast<char>(0x80 | (c & 0x3F));
  }
  return result;
}

std::vector<std::string> split(const std::string& line, size_t limit = 100) {
  std::vector<std::string> result;
  for (auto word : split_words(line, limit))
    result.emplace_back(word);
  return result;
}

using words = std::vector<std::string>;

} // namespace

TEST_CASE("every command has its words", "[line]") {
  auto cmd = parse_line("CREATE shopping");
  REQUIRE(cmd);
  CHECK(cmd->verb == line_verb::create);
  CHECK(cmd->bucket == "shopping");
  cmd = parse_line("PUT shopping milk 1");
  REQUIRE(cmd);
  CHECK(cmd->verb == line_verb::put);
  CHECK(cmd->bucket == "shopping");
  CHECK(cmd->key == "milk");
  CHECK(cmd->value == "1");
  cmd = parse_line("GET shopping milk");
  REQUIRE(cmd);
  CHECK(cmd->verb == line_verb::get);
  CHECK(cmd->bucket == "shopping");
  CHECK(cmd->key == "milk");
  cmd = parse_line("DELETE shopping eggs");
  REQUIRE(cmd);
  CHECK(cmd->verb == line_verb::erase);
  CHECK(cmd->bucket == "shopping");
  CHECK(cmd->key == "eggs");
}

TEST_CASE("arity is exact and commands are upper case", "[line]") {
  for (std::string line : {"",
                           " ",
                           "\r",
                           "CREATE",
                           "CREATE a b",
                           "CREATE a b c d e f",
                           "GET",
                           "GET a",
                           "GET a b c",
                           "PUT",
                           "PUT a",
                           "PUT a b",
                           "PUT a b c d",
                           "DELETE",
                           "DELETE a",
                           "DELETE a b c",
                           "create a",
                           "Get a b",
                           "put a b c",
                           "dELETE a b",
                           "CREAT a",
                           "CREATES a",
                           "UNKNOWN a",
                           "\"CREATE\" a",
                           "a CREATE"}) {
    INFO(line);
    CHECK_FALSE(parse_line(line));
  }
}

TEST_CASE("blanks may lead, trail and repeat", "[line]") {
  auto cmd = parse_line(" \t PUT \t shopping  milk\t\t1 \v\f\r");
  REQUIRE(cmd);
  CHECK(cmd->bucket == "shopping");
  CHECK(cmd->key == "milk");
  CHECK(cmd->value == "1");
}

// What Elixir 1.14's String.split/1 does for every code point.
TEST_CASE("a line splits at the code points where Elixir's String.split does",
          "[line]") {
  const std::vector<unsigned> white{0x9,    0xA,    0xB,    0xC,    0xD,
                                    0x20,   0x85,   0x1680, 0x2000, 0x2001,
                                    0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
                                    0x2008, 0x2009, 0x200A, 0x2028, 0x2029,
                                    0x205F, 0x3000};
  std::vector<unsigned> found;
  for (unsigned c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF)
      continue;
    auto line = "a" + utf8(c) + "b";
    auto parts = split(line);
    if (parts == words{"a", "b"})
      found.push_back(c);
    else if (parts != words{line})
      FAIL("U+" << std::hex << c << " is torn apart");
  }
  CHECK(found == white);
}

TEST_CASE("no-break spaces do not split", "[line]") {
  for (auto c : {0xA0U, 0x2007U, 0x202FU, 0xFEFFU, 0x200BU, 0x180EU})
    CHECK(split("a" + utf8(c) + "b") == words{"a" + utf8(c) + "b"});
}

// The right column was printed by Elixir 1.14.
TEST_CASE("bytes that are no UTF-8 pass through as in Elixir", "[line]") {
  struct row {
    std::string line;
    words parts;
  };
  const std::vector<row> table{
    {"", {}},
    {" ", {}},
    {"  a  b ", {"a", "b"}},
    {"a\0b c"s, {"a\0b"s, "c"}},
    {"\xFF \xFE", {"\xFF", "\xFE"}},
    {"\xE2\x80", {"\xE2\x80"}},
    {"\xE2", {"\xE2"}},
    {"\xC2", {"\xC2"}},
    {"a\xC2 b", {"a\xC2", "b"}},
    {"a\xE2\x80 b", {"a\xE2\x80", "b"}},
    {"\xF0\xE2\x80\x80\x62", {"\xF0", "b"}},
    {"a\xE2\x80\x80", {"a"}},
    {"a\xC0\xA0\x62", {"a\xC0\xA0\x62"}},
    {"a\xE0\x80\xA0\x62", {"a\xE0\x80\xA0\x62"}},
    {"\x85\x61", {"\x85\x61"}},
    {"a\xC2\xC2\x85\x62", {"a\xC2", "b"}},
    {"a\xE2\xE2\x80\x80\x62", {"a\xE2", "b"}},
    {"a\xF0\x9F\x98\x80 b", {"a\xF0\x9F\x98\x80", "b"}},
    {"a\xED\xA0\x80 b", {"a\xED\xA0\x80", "b"}},
    {"a\x1C\x62", {"a\x1C\x62"}},
    {"\xC2\xA0\x61 b\xC2\xA0", {"\xC2\xA0\x61", "b\xC2\xA0"}},
    {"\xE3\x80\x80\xE2\x80\xA8\x61\xE2\x81\x9F\xE1\x9A\x80\x62\xE2\x80\xA9",
     {"a", "b"}},
    {"CREATE\rshopping\r", {"CREATE", "shopping"}},
    {"a\vb\fc", {"a", "b", "c"}},
  };
  for (const auto& [line, parts] : table) {
    INFO(line);
    CHECK(split(line) == parts);
  }
}

TEST_CASE("a truncated sequence at the end of a line belongs to its word",
          "[line]") {
  for (std::string end : {"\xC2", "\xE1", "\xE1\x9A", "\xE2", "\xE2\x80",
                          "\xE3", "\xE3\x80", "\xF0\x9F\x98"}) {
    auto line = "GET shopping milk" + end;
    // No byte behind the line may decide: the view ends before them.
    auto text = line + "\x80\x80";
    auto cmd = parse_line(std::string_view{text}.substr(0, line.size()));
    REQUIRE(cmd);
    CHECK(cmd->key == "milk" + end);
  }
}

TEST_CASE("no more words are split off than asked for", "[line]") {
  CHECK(split("a b c d", 2) == words{"a", "b"});
  CHECK(split("a b c d", 4) == words{"a", "b", "c", "d"});
  CHECK(split("a b c d", 5) == words{"a", "b", "c", "d"});
}
