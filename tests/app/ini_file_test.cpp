#include "app/ini_file.hpp"

#include "tests/support/catch.hpp"

#include <string>

using namespace kv::app;

TEST_CASE("every entry keeps its section, its line and its text") {
  auto file = parse_ini("; comment\n"
                        "[kv]\n"
                        "bind = \"::1\"\n"
                        "\n"
                        "line-port=4040 ; comment\n"
                        "with = [\"a\",\n"
                        "  \"b\"]\n"
                        "[scheduler]\n"
                        "policy = 'awake'");
  REQUIRE(!file.mistake);
  REQUIRE(file.entries.size() == 4);
  CHECK(file.entries[0].key == "kv.bind");
  CHECK(file.entries[0].line == 3);
  CHECK(file.entries[0].text == "\"::1\"");
  CHECK(file.entries[1].line == 5);
  CHECK(file.entries[1].text == "4040");
  CHECK(caf::get<int64_t>(file.entries[1].value) == 4040);
  CHECK(file.entries[2].line == 6);
  CHECK(file.entries[2].text == "[\"a\",\n  \"b\"]");
  CHECK(file.entries[3].key == "scheduler.policy");
  CHECK(file.entries[3].line == 9);
  REQUIRE(file.sections.size() == 2);
  CHECK(file.sections[1].name == "scheduler");
  CHECK(file.sections[1].line == 8);
}

TEST_CASE("a map is a section, wherever it stands") {
  auto file = parse_ini("kv {\n a = 1,\n b = { c = 2 }\n}\n");
  REQUIRE(!file.mistake);
  REQUIRE(file.entries.size() == 2);
  CHECK(file.entries[0].key == "kv.a");
  CHECK(file.entries[1].key == "kv.b.c");
  CHECK(file.entries[1].line == 3);
}

TEST_CASE("a byte order mark and CRLF make no difference") {
  auto file = parse_ini("\xef\xbb\xbf[kv]\r\nline-port = 1\r\n");
  REQUIRE(!file.mistake);
  REQUIRE(file.entries.size() == 1);
  CHECK(file.entries[0].key == "kv.line-port");
  CHECK(file.entries[0].line == 2);
  CHECK(file.entries[0].text == "1");
}

TEST_CASE("an empty file and a file of comments say nothing") {
  for (const std::string text :
       {"", "\n", "; x", "\xef\xbb\xbf", "\r\n;\r\n"}) {
    auto file = parse_ini(text);
    CHECK(!file.mistake);
    CHECK(file.entries.empty());
  }
}

TEST_CASE("what CAF cannot parse is reported with its line") {
  struct expected {
    std::string text;
    std::string key;
    int line;
    std::string got;
  };
  auto [text, key, line, got] = GENERATE(values<expected>({
    {"[kv]\nbind = 127.0.0.1\n", "kv.bind", 2, "127.0.0.1"},
    {"[kv]\nline-port = abc", "kv.line-port", 2, "abc"},
    {"[kv]\nline-port =\nbind = 1", "kv.line-port", 2, ""},
    {"[kv]\nline-port =", "kv.line-port", 2, ""},
    {"[kv]\nbind = \"abc\nx = 1", "kv.bind", 2, "\"abc"},
    {"[kv]\n\nline-port 4040\n", "", 3,
     "expected [section], key = value or ; comment, got \"line-port 4040\""},
    {"# no comment", "", 1,
     "expected [section], key = value or ; comment, got \"# no comment\""},
    {"[kv", "", 1, "the file ends within a value or a section's name"},
    {"[kv]\nx", "", 2, "the file ends within a value or a section's name"},
    {"[kv]\nx = \"\x01\"", "", 2, "not a text file: found the byte \"\\x01\""},
    {"[kv]\nx = 1\rb = 2", "", 2, "not a text file: found the byte \"\\x0d\""},
  }));
  CAPTURE(text);
  auto file = parse_ini(text);
  REQUIRE(file.mistake);
  CHECK(file.mistake->key == key);
  CHECK(file.mistake->line == line);
  CHECK(file.mistake->text == got);
}

TEST_CASE("a zero byte is no white space") {
  auto file = parse_ini(std::string{"[kv]\na = 1\n\0b = 2\n", 18});
  REQUIRE(file.mistake);
  CHECK(file.mistake->line == 3);
}

TEST_CASE("deep nesting is refused before it overflows the stack") {
  for (auto* bracket : {"[", "{x="}) {
    std::string text = "[kv]\nx = ";
    for (int i = 0; i < 300'000; ++i)
      text += bracket;
    auto file = parse_ini(text);
    REQUIRE(file.mistake);
    CHECK(file.mistake->line == 2);
    CHECK(file.mistake->text == "lists or maps are nested too deeply");
  }
}
