// The parser and the writer against a redis-server: byte for byte.

#include "actors/server/resp_parser.hpp"
#include "actors/server/resp_writer.hpp"

#include "tests/server/resp_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/seed.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace kv::server;
using namespace kv::test;
using namespace std::literals;

namespace {

/// Appends what Redis replies to a request that is PING, ECHO or unknown.
void reply_to(std::span<const std::string_view> arguments, resp_writer& out) {
  if (arguments.size() == 1 && arguments[0] == "PING")
    return out.simple_string("PONG");
  if (arguments[0] == "ECHO" && arguments.size() == 2)
    return out.bulk(arguments[1]);
  if (arguments[0] == "ECHO")
    return out.error("ERR wrong number of arguments for 'echo' command");
  constexpr size_t shown = 128;
  std::string list;
  for (auto argument : arguments.subspan(1))
    if (list.size() < shown)
      list += "'" + std::string{argument.substr(0, shown - list.size())} + "' ";
  out.error("ERR unknown command '" + std::string{arguments[0].substr(0, shown)}
            + "', with args beginning with: " + list);
}

/// Returns what Redis should reply to `bytes`, up to the first error.
std::string replies_to(std::string bytes, resp_parser parser = resp_parser{}) {
  std::string result;
  resp_writer out{result};
  resp_status status;
  while ((status = parser.next(bytes)) == resp_status::request)
    reply_to(parser.arguments(), out);
  if (status == resp_status::failed)
    out.error(parser.error());
  return result;
}

/// Returns some of `parts`, joined.
std::string random_join(std::mt19937_64& random,
                        const std::vector<std::string>& parts, size_t most) {
  std::string result;
  for (auto n = random() % (most + 1); n > 0; --n)
    result += parts[random() % parts.size()];
  return result;
}

} // namespace

TEST_CASE("Redis takes requests as the parser does", "[resp][redis]") {
  redis_server redis{{"--proto-max-bulk-len", "64mb"}};
  for (const auto& x : redis_cases()) {
    INFO(x.bytes);
    CHECK(redis.talk(x.bytes) == replies_to(x.bytes));
  }
}

TEST_CASE("Redis quotes words as the parser does", "[resp][redis]") {
  redis_server redis;
  std::mt19937_64 random{test_seed()};
  const std::vector<std::string> parts{
    "\"", "\"", "'", "'",  "\\", "\\x", "\\'", "\\\"", "a",
    "n",  "1",  "f", "\t", "\v", "\f",  "\r",  "\x80", " ",
  };
  for (auto i = 0; i < 2000; ++i) {
    // The word behind it keeps a reply that is not empty.
    auto bytes = "X " + random_join(random, parts, 12) + " .\r\nPING\r\n";
    INFO(bytes);
    REQUIRE(redis.talk(bytes) == replies_to(bytes));
  }
}

TEST_CASE("Redis takes torn streams as the parser does", "[resp][redis]") {
  redis_server redis;
  std::mt19937_64 random{test_seed()};
  const std::vector<std::string> parts{
    "*",    "*1\r\n", "*2\r\n", "$",      "$1\r\n", "$2\r\n", "$10\r\n", "\r\n",
    "\r\n", "a\r\n",  "bb\r\n", "-1\r\n", "0\r\n",  "\r",     "\n",      "3",
    "xy",   " ",      "*0\r\n", "PING\n", "\"",     "$0\r\n", echo("z"), "'"};
  for (auto i = 0; i < 2000; ++i) {
    auto bytes = random_join(random, parts, 12);
    INFO(bytes);
    REQUIRE(redis.talk(bytes) == replies_to(bytes));
  }
}

TEST_CASE("Redis's lines end where the parser's do", "[resp][redis]") {
  redis_server redis;
  for (auto begin : {""s, "*"s, "*1\r\n$"s}) {
    INFO(begin);
    auto head = begin.size() - (begin.rfind('\n') + 1);
    auto longest = begin + std::string(resp_parser::max_line - head, '1');
    CHECK(redis.talk(longest).empty());
    CHECK(redis.talk(longest + "1") == replies_to(longest + "1"));
  }
  std::string longest(resp_parser::max_line - 5, 'x');
  CHECK(redis.talk("ECHO " + longest + "\n").size() > longest.size());
}

TEST_CASE("Redis limits strangers as the parser does", "[resp][redis]") {
  redis_server redis{{"--requirepass", "secret"}};
  resp_parser parser;
  parser.authenticated(false);
  for (auto bytes : {"*10\r\n"s, "*11\r\n"s, "*1\r\n$16384\r\n"s,
                     "*1\r\n$16385\r\n"s, "*1\r\n$-1\r\n"s}) {
    INFO(bytes);
    CHECK(redis.talk(bytes) == replies_to(bytes, parser));
  }
}

TEST_CASE("Redis writes every type as the writer does", "[resp][redis]") {
  redis_server redis;
  for (auto version : {resp_version::resp2, resp_version::resp3}) {
    auto asked = [&](const std::string& type) {
      line_client client{redis.port()};
      if (version == resp_version::resp3) {
        client.send("HELLO 3\r\nECHO ready\r\n");
        while (client.read_line() != "ready") {
          // What HELLO tells.
        }
      }
      return client.talk("DEBUG PROTOCOL " + type + "\r\n");
    };
    auto written = [&](auto write) {
      std::string result;
      resp_writer out{result, version};
      write(out);
      return result;
    };
    using w = resp_writer;
    CHECK(asked("string") == written([](w& x) { x.bulk("Hello World"); }));
    CHECK(asked("integer") == written([](w& x) { x.integer(12345); }));
    CHECK(asked("double") == written([](w& x) { x.number(3.141); }));
    CHECK(asked("null") == written([](w& x) { x.null(); }));
    CHECK(asked("true") == written([](w& x) { x.boolean(true); }));
    CHECK(asked("false") == written([](w& x) { x.boolean(false); }));
    CHECK(asked("bignum") == written([](w& x) {
            x.big_number("1234567999999999999999999999999999999");
          }));
    CHECK(asked("verbatim") == written([](w& x) {
            x.verbatim("txt", "This is a verbatim\nstring");
          }));
    CHECK(asked("array") == written([](w& x) {
            x.array(3);
            for (auto i = 0; i < 3; ++i)
              x.integer(i);
          }));
    CHECK(asked("set") == written([](w& x) {
            x.set(3);
            for (auto i = 0; i < 3; ++i)
              x.integer(i);
          }));
    CHECK(asked("map") == written([](w& x) {
            x.map(3);
            for (auto i = 0; i < 3; ++i) {
              x.integer(i);
              x.boolean(i == 1);
            }
          }));
  }
}

TEST_CASE("Redis writes doubles as the writer does", "[resp][redis]") {
  redis_server redis;
  line_client client{redis.port()};
  std::mt19937_64 random{test_seed()};
  std::vector<std::string> texts{"0",    "1",     "3.14",   "0.1",  "1e15",
                                 "1e16", "1e17",  "1e-4",   "1e-5", "1e308",
                                 "inf",  "-inf",  "5e-324", "-1.5", "1e21",
                                 "1e22", "12345", "1e100"};
  for (auto i = 0; i < 1000; ++i) {
    auto power = static_cast<int>(random() % 560) - 300;
    texts.push_back(std::to_string(random()) + "e" + std::to_string(power));
  }
  for (const auto& text : texts) {
    client.send(multibulk({"ZADD", "z", text, "m"})
                + multibulk({"ZSCORE", "z", "m"}));
    client.read_line();
    std::string mine;
    resp_writer{mine}.number(std::strtod(text.c_str(), nullptr));
    INFO(text);
    REQUIRE(client.read(mine.size()) == mine);
  }
}
