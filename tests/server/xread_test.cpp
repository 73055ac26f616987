// XREAD with BLOCK: how a wait ends.

#include "tests/server/resp_fixture.hpp"

#include <chrono>
#include <memory>
#include <string>

using namespace kv;
using namespace std::literals;

namespace {

const std::string none = "*-1\r\n";

/// A client that waits for an event.
struct waiting_fixture : test::resp_fixture {
  waiting_fixture() {
    peer.send("PING\r\nXREAD BLOCK 600000 STREAMS kv:events $\r\n"
              "XREAD BLOCK 0 STREAMS kv:events $\r\n");
    CHECK(peer.read_line() == "+PONG");
  }

  /// Returns whether no session is left, soon.
  bool are_sessions_gone() const {
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (service->clients > 0)
      if (std::chrono::steady_clock::now() > latest)
        return false;
    return true;
  }

  test::line_client peer = connect();
};

} // namespace

TEST_CASE_METHOD(waiting_fixture, "a server that closes ends the wait of XREAD",
                 "[resp][tcp]") {
  server.close();
  CHECK(peer.read_all() == none + none);
  CHECK(server.wait(deadline));
  CHECK(are_sessions_gone()); // although the time is not over
}

TEST_CASE("a server that goes ends the wait of XREAD", "[resp][tcp]") {
  struct : test::live_fixture {
    std::shared_ptr<server::resp_service> service
      = std::make_shared<server::resp_service>();
  } x;
  {
    server::tcp_server server{test::with_tested_method({})};
    auto port = server.listen({}, [&x](server::session::home where) {
      return std::make_shared<server::resp_session>(x.client, x.service,
                                                    std::move(where));
    });
    server.start();
    test::line_client peer{port};
    peer.send("PING\r\nXREAD BLOCK 600000 STREAMS kv:events $\r\n");
    CHECK(peer.read_line() == "+PONG");
  }
  CHECK(x.service->clients == 0);
}

TEST_CASE_METHOD(test::resp_fixture,
                 "events that nobody asked for do not prolong an XREAD",
                 "[resp]") {
  auto peer = connect();
  peer.send("XREAD BLOCK 200 STREAMS kv:events 1000000\r\n");
  auto other = connect();
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (!peer.readable(0ms) && std::chrono::steady_clock::now() < latest) {
    CHECK(other.ask("HSET b f 1") == ":1");
    CHECK(other.ask("DEL b") == ":1");
  }
  REQUIRE(peer.readable(0ms));
  CHECK(peer.read_line() == "*-1");
}
