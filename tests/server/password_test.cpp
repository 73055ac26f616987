// Servers with a password: who does not say it can do nothing.

#include "actors/server/password.hpp"

#include "tests/server/resp_cases.hpp"
#include "tests/server/resp_fixture.hpp"
#include "tests/server/server_fixture.hpp"
#include "tests/support/redis_server.hpp"

using namespace kv;
using namespace std::literals;

namespace {

constexpr std::string_view secret = "open sesame";

struct locked_fixture : test::resp_fixture {
  locked_fixture()
    : lines({}), access(std::make_shared<server::password>(secret)) {
    service->access = access;
    line_service->access = access;
    line_port = lines.listen({}, [this](server::session::home where) {
      return std::make_shared<server::line_session>(client, line_service,
                                                    std::move(where));
    });
    lines.start();
  }

  ~locked_fixture() {
    lines.close();
    lines.wait(deadline);
  }

  test::line_client connect_line() const {
    return test::line_client{line_port};
  }

  std::shared_ptr<server::line_service> line_service
    = std::make_shared<server::line_service>();
  server::tcp_server lines;
  std::shared_ptr<server::password> access;
  uint16_t line_port = 0;
};

} // namespace

TEST_CASE("a password matches itself alone", "[password]") {
  server::password none;
  CHECK_FALSE(none.required());
  CHECK_FALSE(none.matches(""));
  server::password x{secret};
  CHECK(x.required());
  CHECK(x.matches(secret));
  for (std::string_view guess : {"", "open", "open sesame ", "Open sesame"})
    CHECK_FALSE(x.matches(guess));
  x.set("a\0b"sv);
  CHECK(x.matches("a\0b"sv));
  CHECK_FALSE(x.matches("a"));
  CHECK_FALSE(x.matches(secret));
  x.set("");
  CHECK_FALSE(x.required());
  CHECK_FALSE(x.matches(""));
}

TEST_CASE_METHOD(locked_fixture, "the line port wants AUTH as its first line",
                 "[password]") {
  CHECK(connect_line().talk("AUTH open sesame\r\nCREATE b\nAUTH x\n")
        == "OK\r\nOK\r\nUNKNOWN COMMAND\r\n");
  CHECK(lookup("b"));
  for (std::string first : {"CREATE c", "auth open sesame", "AUTH", ""})
    CHECK(connect_line().talk(first + "\nAUTH open sesame\nCREATE c\n")
          == "AUTHENTICATION REQUIRED\r\n");
  for (std::string guess : {"", "open", "open sesame2", " open sesame"})
    CHECK(
      connect_line().talk("AUTH " + guess + "\nAUTH open sesame\nCREATE c\n")
      == "WRONG PASSWORD\r\n");
  CHECK_FALSE(lookup("c"));
}

TEST_CASE_METHOD(locked_fixture,
                 "the first line is short, others are as long as ever",
                 "[password]") {
  using server::line_session;
  std::string most(line_session::max_first_line, 'x');
  CHECK(connect_line().talk(most + '\n') == "AUTHENTICATION REQUIRED\r\n");
  CHECK(connect_line().talk(most + "x\n") == "ERROR\r\n");
  auto endless = connect_line();
  endless.send(most + 'x');
  CHECK(endless.read_all() == "ERROR\r\n");
  CHECK(
    connect_line().talk("AUTH open sesame\nCREATE b\nPUT b k " + most + "x\n")
    == "OK\r\nOK\r\nOK\r\n");
}

TEST_CASE_METHOD(locked_fixture, "a changed password is for clients to come",
                 "[password]") {
  auto before = connect_line();
  CHECK(before.ask("AUTH open sesame") == "OK");
  access->set("other");
  CHECK(before.ask("CREATE b") == "OK");
  CHECK(connect_line().talk("AUTH open sesame\n") == "WRONG PASSWORD\r\n");
  CHECK(connect_line().talk("AUTH other\n") == "OK\r\n");
}

TEST_CASE_METHOD(locked_fixture,
                 "Redis clients say the password as they do to Redis",
                 "[password][resp]") {
  test::redis_server redis{{"--requirepass", std::string{secret}}};
  for (std::string script :
       {"PING",
        "HSET b f 1",
        "nonsense",
        "PING a b",
        "ECHO",
        "HGET b",
        "AUTH",
        "AUTH x",
        "AUTH default x",
        "AUTH other \"open sesame\"",
        "AUTH a b c",
        "AUTH \"open sesame\"",
        "AUTH default \"open sesame\"",
        "HELLO",
        "HELLO 3",
        "HELLO 4",
        "HELLO 3 AUTH default x",
        "HELLO 3 AUTH other \"open sesame\"",
        "HELLO 3 SETNAME me",
        "RESET",
        "QUIT",
        "MULTI",
        "EXEC",
        "MULTI\r\nHGET b f\r\nEXEC",
        "SELECT 0",
        "CLIENT ID",
        "AUTH \"open sesame\"\r\nAUTH x\r\nECHO hi",
        "AUTH \"open sesame\"\r\nRESET\r\nECHO hi",
        "AUTH \"open sesame\"\r\nMULTI\r\nHGET b f\r\nRESET\r\nEXEC"}) {
    INFO(script);
    auto all = script + "\r\nHGET b f\r\nPING\r\n";
    CHECK(talk(all) == redis.talk(all));
  }
  CHECK_FALSE(lookup("b"));
  for (std::string first :
       {"AUTH \"open sesame\"", "HELLO 3 AUTH default \"open sesame\""})
    CHECK(talk(first + "\r\nPING\r\n").ends_with("+PONG\r\n"));
}

TEST_CASE_METHOD(locked_fixture,
                 "before they do, their requests are small, as with Redis",
                 "[password][resp]") {
  test::redis_server redis{{"--requirepass", std::string{secret}}};
  // Nothing follows a length that is refused: that would reset the connection.
  const std::string big = "*2\r\n$4\r\nECHO\r\n$16385\r\n";
  auto login = test::multibulk({"AUTH", std::string{secret}});
  for (const auto& request :
       {test::multibulk(std::vector<std::string>(10, "x")), "*11\r\n"s,
        test::multibulk({"ECHO", std::string(16384, 'x')}), big,
        login + test::multibulk({"ECHO", std::string(16385, 'x')}),
        login + "RESET\r\n" + big}) {
    INFO(request);
    CHECK(talk(request) == redis.talk(request));
  }
}

TEST_CASE_METHOD(locked_fixture, "what a browser sends ends its connection",
                 "[password]") {
  access->set("");
  CHECK(connect_line().talk("GET / HTTP/1.1\r\nHost: x\r\n\r\nCREATE b\r\n")
        == "NOT FOUND\r\nERROR\r\n");
  CHECK(connect_line().talk("POST / HTTP/1.1\r\n\r\nCREATE b\r\n")
        == "ERROR\r\n");
  CHECK(talk("POST / HTTP/1.1\r\n\r\nKV.CREATE b\r\n").empty());
  CHECK(talk("GET / HTTP/1.1\r\nHost: x\r\n\r\nKV.CREATE b\r\n").find("+OK")
        == std::string::npos);
  CHECK_FALSE(lookup("b"));
}
