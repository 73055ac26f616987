// Order and loss: busy buckets, buckets that die, and many clients.

#include "tests/kv/gate.hpp"
#include "tests/server/resp_fixture.hpp"
#include "tests/server/session_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace kv;
using namespace std::literals;
using test::line_client;

namespace {

tree_options lasting() {
  tree_options result;
  result.flags.intensity = 1000;
  result.flags.period = 1s;
  return result;
}

struct lasting_fixture : test::resp_fixture {
  lasting_fixture() : resp_fixture(2, lasting()) {
    // nop
  }
};

/// Reads a reply of one line, or a bulk string; returns what it says.
std::string read_reply(line_client& peer) {
  auto line = peer.read_line();
  if (line.starts_with('$') && line != "$-1")
    return peer.read_line();
  return line;
}

} // namespace

TEST_CASE_METHOD(test::resp_fixture,
                 "replies keep their order while one bucket is busy",
                 "[resp]") {
  CHECK(talk("HSET a f 1\r\nHSET b f 2\r\n") == ":1\r\n:1\r\n");
  auto peer = connect();
  auto other = connect();
  {
    test::busy_bucket busy{sys, *lookup("a")};
    peer.send("HSET a f 3\r\nHSET b f 4\r\nHGET b f\r\nHGET a f\r\nPING\r\n");
    CHECK_FALSE(peer.readable(50ms));
    // Nobody else waits.
    other.send("HGET b f\r\nHSET b g 1\r\nHGET a f\r\n");
    CHECK(read_reply(other) == "4");
    CHECK(read_reply(other) == ":1");
    CHECK(read_reply(other) == "1");
  }
  for (const auto* reply : {":0", ":0", "4", "3", "+PONG"})
    CHECK(read_reply(peer) == reply);
}

TEST_CASE_METHOD(test::resp_fixture,
                 "a bucket that comes and goes leaves no entry", "[resp]") {
  auto peer = connect();
  for (int i = 0; i < 300; ++i) {
    peer.send("HSET b f 1\r\nHDEL b f\r\nEXISTS b\r\n");
    CHECK(read_reply(peer) == ":1");
    CHECK(read_reply(peer) == ":1");
    CHECK(read_reply(peer) == ":0");
  }
  CHECK(talk("DBSIZE\r\nHSET b f 1\r\nDBSIZE\r\n") == ":0\r\n:1\r\n:1\r\n");
}

TEST_CASE_METHOD(test::resp_fixture, "a created bucket stays when it is empty",
                 "[resp]") {
  CHECK(
    talk("KV.CREATE b\r\nEXISTS b\r\nHSET b f 1\r\nHDEL b f\r\nEXISTS b\r\n")
    == "+OK\r\n:1\r\n:1\r\n:1\r\n:1\r\n");
}

TEST_CASE_METHOD(test::resp_fixture,
                 "requests do not wait for event handlers, KV.CREATE does",
                 "[resp]") {
  test::gate gate{sys};
  add_handler(gate.handler());
  CHECK(talk("HSET b f 1\r\nHGET b f\r\n") == ":1\r\n$1\r\n1\r\n");
  auto peer = connect();
  peer.send("KV.CREATE c\r\n");
  CHECK_FALSE(peer.readable(50ms));
  gate.open();
  CHECK(peer.read_line() == "+OK");
  kill(gate.handler());
}

TEST_CASE_METHOD(lasting_fixture,
                 "increments from many clients are neither lost nor doubled",
                 "[resp]") {
  constexpr int clients = 8;
  constexpr int rounds = 50;
  constexpr int batch = 20;
  std::vector<line_client> peers;
  for (int i = 0; i < clients; ++i)
    peers.push_back(connect());
  std::string requests;
  for (int i = 0; i < batch; ++i)
    requests += "HINCRBY b n 1\r\n";
  for (int round = 0; round < rounds; ++round) {
    for (auto& peer : peers)
      peer.send(requests);
    for (auto& peer : peers)
      for (int i = 0; i < batch; ++i)
        REQUIRE(read_reply(peer).starts_with(':'));
  }
  CHECK(talk("HGET b n\r\n")
        == "$4\r\n" + std::to_string(clients * rounds * batch) + "\r\n");
}

TEST_CASE_METHOD(
  lasting_fixture,
  "every request gets one reply, in order, while buckets and the "
  "registry are killed",
  "[resp]") {
  std::atomic<bool> done = false;
  std::thread killer{[&] {
    for (int i = 0; !done; ++i) {
      if (auto bucket = lookup("b" + std::to_string(i % 3)))
        kill(*bucket);
      if (i % 500 == 0)
        kill(otp::whereis<registry_actor>(app->actors(), registry_state::name));
      std::this_thread::yield();
    }
  }};
  std::vector<line_client> peers;
  for (int i = 0; i < 4; ++i)
    peers.push_back(connect());
  for (int round = 0; round < 30; ++round) {
    for (auto& peer : peers) {
      std::string batch;
      for (int i = 0; i < 30; ++i) {
        auto own = " b" + std::to_string(i % 3);
        batch += "HSET" + own + " k v\r\nHGET" + own + " k\r\nHDEL" + own
                 + " k\r\nECHO " + std::to_string(i) + "\r\n";
      }
      peer.send(batch);
    }
    for (auto& peer : peers)
      for (int i = 0; i < 30; ++i) {
        auto set = read_reply(peer);
        REQUIRE((set == ":1" || set == ":0"));
        auto got = read_reply(peer);
        REQUIRE((got == "v" || got == "$-1"));
        auto erased = read_reply(peer);
        REQUIRE((erased == ":1" || erased == ":0"));
        REQUIRE(read_reply(peer) == std::to_string(i));
      }
  }
  done = true;
  killer.join();
}

TEST_CASE_METHOD(test::resp_fixture,
                 "a client that goes while its requests are under way harms "
                 "nobody",
                 "[resp]") {
  CHECK(talk("HSET a f 1\r\n") == ":1\r\n");
  {
    test::busy_bucket busy{sys, *lookup("a")};
    auto peer = connect();
    peer.send("HSET a f 2\r\nHGETALL a\r\nDEL a\r\n");
    CHECK_FALSE(peer.readable(20ms));
    peer.close();
  }
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (talk("PING\r\n") != "+PONG\r\n" || service->clients > 0)
    REQUIRE(std::chrono::steady_clock::now() < latest);
}

TEST_CASE_METHOD(test::resp_fixture,
                 "requests fail once the application has ended", "[resp]") {
  CHECK(talk("HSET b f 1\r\n") == ":1\r\n");
  kill(app->root(), caf::exit_reason::user_shutdown);
  REQUIRE(app->wait(deadline));
  auto replies = talk(
    "HSET b f 1\r\nHGET b f\r\nHGETALL b\r\nKEYS *\r\nDEL b\r\nPING\r\n");
  std::istringstream lines{replies};
  std::string line;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(std::getline(lines, line));
    CHECK(line.starts_with("-ERR "));
  }
  REQUIRE(std::getline(lines, line));
  CHECK(line == "+PONG\r");
}
