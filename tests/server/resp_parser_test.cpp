#include "actors/server/resp_parser.hpp"

#include "tests/server/resp_outcome.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace kv::server;
using namespace kv::test;
using namespace std::literals;

namespace {

struct row {
  std::string bytes;
  std::vector<std::vector<std::string>> requests;
  std::string error; // behind "ERR Protocol error: "
};

/// Returns what the parser makes of `bytes` when they arrive in pieces that end
/// at `cuts`.
resp_outcome parse(std::string_view bytes, const std::vector<size_t>& cuts = {},
                   const resp_parser& parser = resp_parser{}) {
  resp_feeder feeder{parser};
  size_t begin = 0;
  for (auto cut : cuts) {
    feeder.feed(bytes.substr(begin, cut - begin));
    begin = cut;
  }
  feeder.feed(bytes.substr(begin));
  return feeder.outcome();
}

std::string get(const std::string& key) {
  return "*2\r\n$3\r\nGET\r\n$" + std::to_string(key.size()) + "\r\n" + key
         + "\r\n";
}

resp_outcome wanted(const row& x) {
  return {x.requests, x.error.empty() ? "" : "ERR Protocol error: " + x.error};
}

const std::vector<row> table{
  // Multibulk.
  {get("milk"), {{"GET", "milk"}}, ""},
  {get("a") + get("b"), {{"GET", "a"}, {"GET", "b"}}, ""},
  {get("\r\n*1\r\n\0"s), {{"GET", "\r\n*1\r\n\0"s}}, ""},
  {get(""), {{"GET", ""}}, ""},
  {"*1\r\n$0\r\n\r\n", {{""}}, ""},
  {"*0\r\n" + get("a"), {{"GET", "a"}}, ""},
  {"*-1\r\n*-7\r\n" + get("a"), {{"GET", "a"}}, ""},
  {"*1\r\n$4\r\nPING..*1\r\n$4\r\nPING\r\n", {{"PING"}, {"PING"}}, ""},
  {"*1\rx$4\rxPING\r\n", {{"PING"}}, ""},
  {get("a") + "*2\r\n$3\r\nGET\r\n$1\r\nb\r", {{"GET", "a"}}, ""},
  // Inline.
  {"PING\r\n", {{"PING"}}, ""},
  {"PING\n", {{"PING"}}, ""},
  {"\r\n\n  \t \r\nPING\r\n", {{"PING"}}, ""},
  {"  SET  a\t1 \r\n", {{"SET", "a", "1"}}, ""},
  {"SET a \"b c\" 'd e'\r\n", {{"SET", "a", "b c", "d e"}}, ""},
  {"PING\r\n" + get("a") + "PING\n", {{"PING"}, {"GET", "a"}, {"PING"}}, ""},
  {"PING\r\r\n", {{"PING"}}, ""},
  {"a\0b c\r\n"s, {{"a\0b"s, "c"}}, ""},
  {" *1\r\n", {{"*1"}}, ""},
  // Errors end it: what follows is not looked at.
  {"SET a \"b\n" + get("a"), {}, "unbalanced quotes in request"},
  {"SET a 'b\n", {}, "unbalanced quotes in request"},
  {"SET a \"b\"c\n", {}, "unbalanced quotes in request"},
  {"*\r\n", {}, "invalid multibulk length"},
  {"*x\r\n", {}, "invalid multibulk length"},
  {"*+1\r\n", {}, "invalid multibulk length"},
  {"*01\r\n", {}, "invalid multibulk length"},
  {"*-0\r\n", {}, "invalid multibulk length"},
  {"*-\r\n", {}, "invalid multibulk length"},
  {"* 1\r\n", {}, "invalid multibulk length"},
  {"*1 \r\n", {}, "invalid multibulk length"},
  {"*1\n$4\r\n", {}, "invalid multibulk length"},
  {"*1\0\r\n"s, {}, "invalid multibulk length"},
  {"*1048577\r\n", {}, "invalid multibulk length"},
  {"*9223372036854775807\r\n", {}, "invalid multibulk length"},
  {"*9223372036854775808\r\n", {}, "invalid multibulk length"},
  {"*-9223372036854775808\r\nPING\n", {{"PING"}}, ""},
  {"*1048576\r\n", {}, ""},
  {"*1\r\nPING\r\n", {}, "expected '$', got 'P'"},
  {"*1\r\n\r\n", {}, "expected '$', got ' '"},
  {"*1\r\n\n\r\n", {}, "expected '$', got ' '"},
  {"*2\r\n$4\r\nPING\r\n*1\r\n", {}, "expected '$', got '*'"},
  {"*1\r\n\xFF\r\n", {}, "expected '$', got '\xFF'"},
  {"*1\r\n$3\r\nPING\r\nPING\r\n", {{"PIN"}, {"PING"}}, ""},
  {"*1\r\n$\r\n", {}, "invalid bulk length"},
  {"*1\r\n$-1\r\n", {}, "invalid bulk length"},
  {"*1\r\n$04\r\n", {}, "invalid bulk length"},
  {"*1\r\n$4x\r\n", {}, "invalid bulk length"},
  {"*1\r\n$67108865\r\n", {}, "invalid bulk length"},
  {"*1\r\n$67108864\r\n", {}, ""},
  {get("a") + "*1\r\n$x\r\n" + get("b"), {{"GET", "a"}}, "invalid bulk length"},
};

} // namespace

TEST_CASE("requests and errors are Redis's", "[resp]") {
  for (const auto& x : table) {
    INFO(x.bytes);
    CHECK(parse(x.bytes) == wanted(x));
  }
}

TEST_CASE("a request may be split anywhere", "[resp]") {
  for (const auto& x : table) {
    INFO(x.bytes);
    std::vector<size_t> all;
    for (size_t i = 1; i < x.bytes.size(); ++i) {
      all.push_back(i);
      CHECK(parse(x.bytes, {i}) == wanted(x));
      for (size_t j = i + 1; j < x.bytes.size(); ++j)
        if (parse(x.bytes, {i, j}) != wanted(x))
          FAIL("at " << i << " and " << j);
    }
    CHECK(parse(x.bytes, all) == wanted(x));
  }
}

TEST_CASE("lines end at 64 KiB", "[resp]") {
  struct limit {
    std::string begin;
    std::string end;
    std::string error;
  };
  const std::vector<limit> limits{
    {"", "\n", "too big inline request"},
    {"*", "\r\n", "too big mbulk count string"},
    {"*1\r\n$", "\r\n", "too big bulk count string"},
  };
  for (const auto& [begin, end, error] : limits) {
    INFO(begin);
    auto head = begin.size() - (begin.rfind('\n') + 1);
    auto longest = begin + std::string(resp_parser::max_line - head, '1');
    CHECK(parse(longest).error.empty());
    CHECK(parse(longest + end).error != "ERR Protocol error: " + error);
    for (const auto& bytes : {longest + "1", longest + "1" + end}) {
      CHECK(parse(bytes).error == "ERR Protocol error: " + error);
      CHECK(parse(bytes, {bytes.size() - 1}) == parse(bytes));
      CHECK(parse(bytes, {begin.size() + 1}) == parse(bytes));
    }
  }
}

TEST_CASE("less is taken before authentication", "[resp]") {
  resp_parser parser;
  parser.authenticated(false);
  CHECK(parse("*11\r\n", {}, parser).error
        == "ERR Protocol error: unauthenticated multibulk length");
  CHECK(parse("*1\r\n$16385\r\n", {}, parser).error
        == "ERR Protocol error: unauthenticated bulk length");
  CHECK(parse("*10\r\n$16384\r\n", {}, parser).error.empty());
  CHECK(parse("*1048577\r\n", {}, parser).error
        == "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("the request behind AUTH has the limits of a known client",
          "[resp]") {
  resp_parser parser;
  parser.authenticated(false);
  auto buffer = "AUTH secret\r\n*11\r\n$1\r\nx\r\n"s;
  REQUIRE(parser.next(buffer) == resp_status::request);
  parser.authenticated(true);
  CHECK(parser.next(buffer) == resp_status::incomplete);
}

TEST_CASE("the longest argument is the owner's choice", "[resp]") {
  CHECK(parse("*1\r\n$5\r\n", {}, resp_parser{4}).error
        == "ERR Protocol error: invalid bulk length");
  CHECK(parse("*1\r\n$4\r\nPING\r\n", {}, resp_parser{4}).requests.size() == 1);
}

TEST_CASE("a failed parser stays so", "[resp]") {
  resp_parser parser;
  auto buffer = "*x\r\n"s;
  CHECK(parser.error().empty());
  CHECK(parser.next(buffer) == resp_status::failed);
  buffer = get("a");
  CHECK(parser.next(buffer) == resp_status::failed);
  CHECK(parser.arguments().empty());
  CHECK(parser.error() == "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("arguments of one batch outlive each other", "[resp]") {
  resp_parser parser;
  auto buffer = get("a") + "ECHO \"b\\x63\"\r\n" + get("d");
  std::vector<std::string_view> seen;
  while (parser.next(buffer) == resp_status::request)
    seen.push_back(parser.arguments().back());
  CHECK(seen == std::vector<std::string_view>{"a", "bc", "d"});
  for (auto x : seen) {
    CHECK(x.data() >= buffer.data());
    CHECK(x.data() + x.size() <= buffer.data() + buffer.size());
  }
  parser.discard(buffer);
  CHECK(buffer.empty());
}

TEST_CASE("only what was handled is discarded", "[resp]") {
  resp_feeder feeder;
  auto half = get("b").substr(0, 10);
  feeder.feed(get("a") + "*0\r\n\r\n" + half);
  CHECK(feeder.rest() == half);
  feeder.feed(get("b").substr(10));
  CHECK(feeder.rest().empty());
  CHECK(feeder.outcome().requests.size() == 2);
}

TEST_CASE("a request may have a million arguments", "[resp]") {
  auto count = resp_parser::max_arguments;
  auto bytes = "*" + std::to_string(count) + "\r\n";
  for (int64_t i = 0; i < count; ++i)
    bytes += "$1\r\nx\r\n";
  resp_feeder feeder;
  feeder.feed(bytes.substr(0, bytes.size() / 2));
  feeder.feed(bytes.substr(bytes.size() / 2));
  REQUIRE(feeder.outcome().requests.size() == 1);
  CHECK(feeder.outcome().requests[0].size() == static_cast<size_t>(count));
}
