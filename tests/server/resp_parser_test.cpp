#include "actors/server/resp_parser.hpp"

#include "tests/server/resp_cases.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <malloc.h>
#include <string>
#include <vector>

using namespace kv::server;
using namespace kv::test;
using namespace std::literals;

namespace {

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

std::vector<resp_case> all_cases() {
  auto result = redis_cases();
  auto own = own_cases();
  result.insert(result.end(), own.begin(), own.end());
  return result;
}

} // namespace

TEST_CASE("requests and errors are Redis's", "[resp]") {
  for (const auto& x : all_cases()) {
    INFO(x.bytes);
    CHECK(parse(x.bytes) == x.wanted());
  }
}

TEST_CASE("a request may be split anywhere", "[resp]") {
  for (const auto& x : all_cases()) {
    INFO(x.bytes);
    std::vector<size_t> all;
    for (size_t i = 1; i < x.bytes.size(); ++i) {
      all.push_back(i);
      CHECK(parse(x.bytes, {i}) == x.wanted());
      for (size_t j = i + 1; j < x.bytes.size(); ++j)
        if (parse(x.bytes, {i, j}) != x.wanted())
          FAIL("at " << i << " and " << j);
    }
    CHECK(parse(x.bytes, all) == x.wanted());
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
  buffer = echo("a");
  CHECK(parser.next(buffer) == resp_status::failed);
  CHECK(parser.arguments().empty());
  CHECK(parser.error() == "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("arguments of one batch outlive each other", "[resp]") {
  resp_parser parser;
  auto buffer = echo("a") + "ECHO \"b\\x63\"\r\n" + echo("d");
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
  auto half = echo("b").substr(0, 10);
  feeder.feed(echo("a") + "*0\r\n\r\n" + half);
  CHECK(feeder.rest() == half);
  feeder.feed(echo("b").substr(10));
  CHECK(feeder.rest().empty());
  CHECK(feeder.outcome().requests.size() == 2);
}

// A parser that looks at a byte twice would not come to an end.
TEST_CASE("a long request may arrive byte by byte", "[resp]") {
  constexpr size_t count = 100'000;
  auto bytes = multibulk(std::vector<std::string>(count, "x"));
  resp_feeder feeder;
  for (char c : bytes)
    feeder.feed({&c, 1});
  REQUIRE(feeder.outcome().requests.size() == 1);
  CHECK(feeder.outcome().requests[0].size() == count);
}

TEST_CASE("what is announced takes no memory", "[resp]") {
  auto in_use = [] {
    auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  resp_parser parser;
  auto buffer = "*1048576\r\n$67108864\r\n"s;
  auto before = in_use();
  REQUIRE(parser.next(buffer) == resp_status::incomplete);
  CHECK(in_use() <= before + 1000);
}

TEST_CASE("a request may have a million arguments", "[resp]") {
  constexpr auto count = static_cast<size_t>(resp_parser::max_arguments);
  auto bytes = multibulk(std::vector<std::string>(count, "x"));
  resp_feeder feeder;
  feeder.feed(bytes.substr(0, bytes.size() / 2));
  feeder.feed(bytes.substr(bytes.size() / 2));
  REQUIRE(feeder.outcome().requests.size() == 1);
  CHECK(feeder.outcome().requests[0].size() == count);
}
