#include "actors/examples/hsum_command.hpp"

#include "tests/server/resp_fixture.hpp"

using namespace kv;
using namespace kv::examples;

namespace {

/// A server for Redis clients, with the command.
struct fixture : test::resp_fixture {
  fixture() : resp_fixture(1, {.children = {{"hsum", start_hsum_command}}}) {
    // nop
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "clients use a command of one's own", "[examples]") {
  auto redis = connect();
  CHECK(redis.ask("HSUM k") == ":0");
  CHECK(redis.ask("HSET k a 1 b 41 c x") == ":3");
  CHECK(redis.ask("HSUM k") == ":42");
  CHECK(redis.ask("HSUM")
        == "-ERR wrong number of arguments for 'hsum' "
           "command");
  CHECK(redis.ask("HSET k d 9223372036854775807") == ":1");
  CHECK(redis.ask("HSUM k").starts_with("-ERR"));
  CHECK(redis.ask("SET s x") == "+OK");
  CHECK(redis.ask("HSUM s").starts_with("-WRONGTYPE"));
}

TEST_CASE_METHOD(fixture, "a command of one's own works in a transaction",
                 "[examples]") {
  CHECK(connect().talk("MULTI\r\nHSET k a 2\r\nHSUM k\r\nEXEC\r\n")
        == "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n");
}

TEST_CASE_METHOD(fixture, "COMMAND shows a command of one's own",
                 "[examples]") {
  CHECK(connect().talk("COMMAND GETKEYS HSUM k\r\n") == "*1\r\n$1\r\nk\r\n");
  CHECK(connect().talk("COMMAND INFO hsum\r\n").find("hsum")
        != std::string::npos);
}

TEST_CASE_METHOD(fixture,
                 "commands are added in time, under names of their own",
                 "[examples]") {
  static constexpr server::command late{{.name = "late"}};
  CHECK_NOTHROW(server::add_command(hsum_command)); // is there
  connect().talk("PING\r\n");
  CHECK_THROWS_AS(server::add_command(late), std::logic_error);
}
