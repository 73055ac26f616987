// Redis clients that know nothing of kv, each driven as its users do.

#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/process.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

using namespace std::literals;
using kv::test::process;

namespace {

struct server {
  server()
    : kv({KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0"}, "/") {
    kv.read_line();
    auto ready = kv.read_line();
    port = ready.substr(ready.rfind(':') + 1);
  }

  /// Runs a program to its end; returns its output if its status is 0.
  static std::string run(const std::vector<std::string>& words) {
    std::vector<std::string> all{"timeout", "60"};
    all.insert(all.end(), words.begin(), words.end());
    process program{all};
    auto out = program.out();
    auto err = program.err();
    auto status = program.wait(60s);
    INFO(out << err);
    CHECK(status == 0);
    return out;
  }

  std::string cli(const std::string& words, const std::string& input = {}) {
    return run({"/bin/sh", "-c",
                "printf '%s' \"$0\" | redis-cli -p " + port + ' ' + words,
                input});
  }

  process kv;
  std::string port;
};

} // namespace

TEST_CASE_METHOD(server, "redis-cli, one request a call", "[clients]") {
  CHECK(cli("--no-raw HSET b k 1") == "(integer) 1\n");
  CHECK(cli("HGET b k") == "1\n");
  CHECK(cli("--no-raw HGETALL b") == "1) \"k\"\n2) \"1\"\n");
  CHECK(cli("-3 --no-raw HGETALL b") == "1# \"k\" => \"1\"\n");
  CHECK(cli("-3 --no-raw HGET b none") == "(nil)\n");
  CHECK(cli("-x HSET b in", "from stdin") == "1\n");
  CHECK(cli("HGET b in") == "from stdin\n");
  CHECK(cli("--json -3 HGETALL b").find("\"k\":\"1\"") != std::string::npos);
}

TEST_CASE_METHOD(server, "redis-cli, many requests a session", "[clients]") {
  for (std::string version : {"-2 ", "-3 "})
    CHECK(cli(version + "--no-raw", "HSET b k 1\nHINCRBY b k 2\nHGET b k\n"
                                    "MULTI\nHGET b k\nEXEC\nnonsense\n")
          == (version == "-2 " ? "(integer) 1\n(integer) 3\n\"3\"\n"
                               : "(integer) 0\n(integer) 3\n\"3\"\n")
               + "OK\nQUEUED\n1) \"3\"\n"s
               + "(error) ERR unknown command 'nonsense', with args beginning "
                 "with: \n");
  CHECK(cli("--pipe", "HSET p a 1\r\nHSET p b 2\r\n")
          .ends_with("errors: 0, replies: 2\n"));
}

TEST_CASE_METHOD(server, "redis-benchmark", "[clients]") {
  auto out = run({"redis-benchmark", "-p", port, "-n", "2000", "-c", "10", "-P",
                  "8", "-t", "ping,set,get,incr,hset,mset", "--csv"});
  for (auto name : {"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "HSET",
                    "MSET (10 keys)"})
    CHECK(out.find('"' + std::string{name} + '"') != std::string::npos);
  CHECK(out.find("Error") == std::string::npos);
}

TEST_CASE_METHOD(server, "python3-redis", "[clients]") {
  CHECK(run({"/usr/bin/python3", KV_CLIENTS "/clients.py", port}) == "ok\n");
}

TEST_CASE_METHOD(server, "hiredis", "[clients]") {
  struct closer {
    void operator()(redisContext* x) const {
      redisFree(x);
    }
    void operator()(redisReply* x) const {
      freeReplyObject(x);
    }
  };
  std::unique_ptr<redisContext, closer> context{
    redisConnect("127.0.0.1", std::stoi(port))};
  REQUIRE(context);
  REQUIRE(context->err == 0);
  auto ask = [&](auto... words) {
    return std::unique_ptr<redisReply, closer>{
      static_cast<redisReply*>(redisCommand(context.get(), words...))};
  };
  CHECK(ask("HSET %s %s %b", "b", "k", "\0\xff", size_t{2})->integer == 1);
  auto got = ask("HGET b k");
  REQUIRE(got->type == REDIS_REPLY_STRING);
  CHECK(std::string(got->str, got->len) == "\0\xff"s);
  CHECK(ask("HGET b none")->type == REDIS_REPLY_NIL);
  CHECK(ask("HGET b")->type == REDIS_REPLY_ERROR);
  // A pipeline.
  for (int i = 0; i < 1000; ++i)
    REQUIRE(redisAppendCommand(context.get(), "HINCRBY b n 1") == REDIS_OK);
  for (int i = 1; i <= 1000; ++i) {
    void* raw = nullptr;
    REQUIRE(redisGetReply(context.get(), &raw) == REDIS_OK);
    std::unique_ptr<redisReply, closer> reply{static_cast<redisReply*>(raw)};
    CHECK(reply->integer == i);
  }
  CHECK(ask("HGETALL b")->elements == 4);
}

TEST_CASE_METHOD(server, "npm's ioredis and redis", "[clients]") {
  // Fetched once; what is there is not fetched again. The registry may take its
  // time, and npm says nothing meanwhile.
  process fetch{{"/bin/sh", "-c",
                 "mkdir -p \"$1\" && cd \"$1\" "
                 "&& cp \"$0\"/package.json \"$0\"/clients.js . "
                 "&& { [ -e fetched ] || { npm install --ignore-scripts "
                 "--no-audit --no-fund --no-package-lock --fetch-retries 5 "
                 ">said 2>&1 && touch fetched; }; }",
                 KV_CLIENTS, KV_NODE}};
  const auto status = fetch.wait(20min);
  std::ifstream in{KV_NODE "/said"};
  const std::string said{std::istreambuf_iterator<char>{in}, {}};
  INFO(fetch.err() << said);
  REQUIRE(status == 0);
  CHECK(run({"node", KV_NODE "/clients.js", port}) == "ok\n");
}
