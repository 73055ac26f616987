// The line server with real sockets, io threads and clients.

#include "actors/server/line_session.hpp"

#include "tests/kv/gate.hpp"
#include "tests/server/server_fixture.hpp"

#include <fstream>
#include <system_error>
#include <vector>

using namespace kv;
using namespace std::literals;
using server::line_session;
using server::tcp_server;
using test::line_client;

namespace {

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

size_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  size_t total = 0;
  size_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

struct threaded_fixture : test::server_fixture {
  threaded_fixture() : server_fixture(3) {
    // nop
  }
};

struct small_fixture : test::server_fixture {
  small_fixture() : server_fixture(1, 2) {
    // nop
  }
};

struct lasting_fixture : test::server_fixture {
  lasting_fixture() : server_fixture(2, 10000, lasting()) {
    // nop
  }

  static tree_options lasting() {
    tree_options result;
    result.flags.intensity = 1000;
    result.flags.period = 1s;
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(test::server_fixture, "a client is served", "[line][tcp]") {
  auto peer = connect();
  CHECK(peer.ask("CREATE shopping") == "OK");
  CHECK(peer.ask("PUT shopping milk 1") == "OK");
  CHECK(peer.ask("GET shopping milk") == "1");
  CHECK(peer.read_line() == "OK");
  CHECK(peer.ask("GET shopping eggs").empty());
  CHECK(peer.read_line() == "OK");
  CHECK(peer.ask("HELLO") == "UNKNOWN COMMAND");
}

TEST_CASE_METHOD(threaded_fixture, "fifty clients at once are served in order",
                 "[line][tcp]") {
  constexpr int rounds = 40;
  std::vector<line_client> peers;
  for (int i = 0; i < 50; ++i)
    peers.push_back(connect());
  std::vector<std::string> batches;
  std::string expected;
  for (int i = 0; i < rounds; ++i)
    expected += "OK\r\nOK\r\n" + std::to_string(i)
                + "\r\nOK\r\nUNKNOWN COMMAND\r\nNOT FOUND\r\n";
  for (size_t who = 0; who < peers.size(); ++who) {
    std::string batch;
    // All share the bucket, each has a key of its own.
    auto key = " common k" + std::to_string(who);
    for (int i = 0; i < rounds; ++i)
      batch += "CREATE common\nPUT" + key + ' ' + std::to_string(i) + "\nGET"
               + key + "\nget\nGET none x\n";
    peers[who].send(batch);
  }
  for (auto& peer : peers) {
    CHECK(peer.read(expected.size()) == expected);
    CHECK(peer.ask("x") == "UNKNOWN COMMAND");
  }
}

TEST_CASE_METHOD(threaded_fixture, "io threads serve several clients at once",
                 "[line][tcp]") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      auto peer = connect();
      auto own = "b" + std::to_string(i % 3);
      for (int n = 0; n < 300; ++n) {
        auto key = ' ' + own + " k" + std::to_string(i);
        auto value = std::to_string(n);
        if (peer.ask("CREATE " + own) != "OK"
            || peer.ask("PUT" + key + ' ' + value) != "OK"
            || peer.ask("GET" + key) != value || peer.read_line() != "OK")
          ++wrong;
      }
    });
  for (auto& x : threads)
    x.join();
  CHECK(wrong == 0);
}

TEST_CASE_METHOD(test::server_fixture,
                 "a client that drops its connection harms nobody",
                 "[line][tcp]") {
  auto other = connect();
  CHECK(other.ask("CREATE b") == "OK");
  CHECK(other.ask("PUT b k " + std::string(100'000, 'v')) == "OK");
  for (int i = 0; i < 20; ++i) {
    auto in_a_line = connect();
    in_a_line.send("PUT b half wr");
    auto unread = connect();
    unread.send(repeat("GET b k\nPUT b n 1\n", 50));
    auto reset = connect();
    reset.send("PUT b done 1\n" + repeat("GET b k\n", 50));
    reset.reset();
    auto silent = connect();
  }
  CHECK(other.ask("GET b half").empty());
  CHECK(other.read_line() == "OK");
  CHECK(other.ask("CREATE c") == "OK");
  // They go, all but one.
  other.close();
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(test::server_fixture,
                 "a client that has ended its sending gets all answers",
                 "[line][tcp]") {
  CHECK(connect().talk("CREATE b\nPUT b k " + std::string(50'000, 'v') + '\n')
        == "OK\r\nOK\r\n");
  auto answer = std::string(50'000, 'v') + "\r\nOK\r\n";
  auto answers = connect().talk(repeat("GET b k\n", 1000) + "GET b k");
  CHECK(answers.size() == 1000 * answer.size());
  CHECK((answers == repeat(answer, 1000)));
  CHECK(connect().talk("").empty());
}

TEST_CASE_METHOD(test::server_fixture,
                 "a line that is too long is answered with ERROR, then the "
                 "connection ends",
                 "[line][tcp]") {
  SECTION("even if its sender does not stop") {
    auto peer = connect();
    peer.send("CREATE b\n" + std::string(5 * line_session::max_line, 'x')
              + "\nCREATE c\n");
    CHECK(peer.read_all() == "OK\r\nERROR\r\n");
    CHECK_FALSE(lookup("c"));
  }
  SECTION("and its sender may close at once") {
    CHECK(connect().talk(std::string(line_session::max_line + 1, 'x'))
          == "ERROR\r\n");
    CHECK(server.wait(deadline));
  }
}

TEST_CASE_METHOD(small_fixture,
                 "clients beyond the limit hear ERROR, until others go",
                 "[line][tcp]") {
  auto first = connect();
  CHECK(first.ask("CREATE b") == "OK");
  auto second = std::make_optional(connect());
  CHECK(second->ask("CREATE b") == "OK");
  for (int i = 0; i < 5; ++i)
    CHECK(connect().read_all() == "ERROR\r\n");
  CHECK(first.ask("CREATE c") == "OK");
  second.reset();
  // The server hears of it in a moment.
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (connect().talk("CREATE d\n") != "OK\r\n")
    REQUIRE(std::chrono::steady_clock::now() < latest);
}

TEST_CASE("a port in use is refused, with its number", "[line][tcp]") {
  tcp_server server{test::with_tested_method({})};
  auto port = server.listen({}, {});
  try {
    tcp_server{{}}.listen({.port = port}, {});
    FAIL("two servers listen on one port");
  } catch (const std::system_error& reason) {
    CHECK(reason.code() == std::errc::address_in_use);
    CHECK(reason.what()
          == "cannot listen on 127.0.0.1 port " + std::to_string(port)
               + ": Address already in use");
  }
  CHECK_THROWS_AS(server.listen({.address = "nobody"}, {}), std::system_error);
}

TEST_CASE("a server that was never started ends", "[line][tcp]") {
  tcp_server idle{test::with_tested_method({.io_threads = 3})};
  CHECK(idle.listen({}, {}) != 0);
  idle.close();
  CHECK(idle.wait(0ms));
}

TEST_CASE("a server listens on IPv6 as well", "[line][tcp]") {
  test::live_fixture fixture;
  tcp_server server{test::with_tested_method({})};
  uint16_t port = 0;
  try {
    port = server.listen({.address = "::1"},
                         test::line_sessions(fixture.client));
  } catch (const std::system_error& reason) {
    WARN("no IPv6 here: " << reason.what());
    return;
  }
  server.start();
  line_client peer{port, "::1"};
  CHECK(peer.ask("CREATE b") == "OK");
  server.close();
  fixture.app.reset();
}

TEST_CASE_METHOD(test::server_fixture,
                 "a client that does not read its answers costs little memory",
                 "[line][tcp]") {
  constexpr size_t times = 1000;
  std::string value(300'000, 'v');
  auto other = connect();
  CHECK(other.ask("CREATE b") == "OK");
  CHECK(other.ask("PUT b k " + value) == "OK");
  auto before = resident_bytes();
  auto slow = connect();
  REQUIRE(slow.send_blindly(repeat("GET b k\n", times)));
  for (int i = 0; i < 1000; ++i)
    REQUIRE(other.ask("x") == "UNKNOWN COMMAND");
  CHECK(resident_bytes() < before + (size_t{16} << 20));
  // It gets all of them in the end.
  slow.end_sending();
  CHECK(slow.read_all().size() == times * (value.size() + 6));
}

TEST_CASE_METHOD(lasting_fixture,
                 "every command gets one answer, in order, while buckets and "
                 "the registry are killed",
                 "[line][tcp]") {
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
        batch += "CREATE" + own + "\nPUT" + own + " k v\nGET" + own
                 + " k\nDELETE" + own + " k\nx\n";
      }
      peer.send(batch);
    }
    for (auto& peer : peers)
      for (int i = 0; i < 30; ++i) {
        REQUIRE(peer.read_line() == "OK");
        auto put = peer.read_line();
        REQUIRE((put == "OK" || put == "NOT FOUND"));
        auto got = peer.read_line();
        REQUIRE((got == "v" || got.empty() || got == "NOT FOUND"));
        if (got != "NOT FOUND")
          REQUIRE(peer.read_line() == "OK");
        auto erased = peer.read_line();
        REQUIRE((erased == "OK" || erased == "NOT FOUND"));
        REQUIRE(peer.read_line() == "UNKNOWN COMMAND");
      }
  }
  done = true;
  killer.join();
}

TEST_CASE_METHOD(test::server_fixture,
                 "a server that closes answers what it had received",
                 "[line][tcp]") {
  // More than is read at once, and more answers than the kernel takes.
  constexpr size_t times = 4000;
  auto idle = connect();
  CHECK(idle.ask("CREATE b") == "OK");
  CHECK(idle.ask("PUT b k " + std::string(10'000, 'v')) == "OK");
  auto answer = std::string(10'000, 'v') + "\r\nOK\r\n";
  std::vector<line_client> peers;
  for (int i = 0; i < 2; ++i)
    peers.push_back(connect());
  for (auto& peer : peers)
    CHECK(peer.ask("x") == "UNKNOWN COMMAND");
  for (auto& peer : peers)
    REQUIRE(peer.send_blindly(repeat("GET b k\n", times)));
  server.close();
  CHECK(idle.read_all().empty());
  for (auto& peer : peers) {
    // Whoever goes on sending does not spoil it.
    peer.send_blindly("GET b k\n");
    auto answers = peer.read_all();
    CHECK(answers.size() >= times * answer.size());
    CHECK(answers.size() % answer.size() == 0);
    peer.close();
  }
  CHECK(server.wait(deadline));
  CHECK_THROWS_AS(connect(), std::system_error);
}

TEST_CASE_METHOD(test::server_fixture,
                 "a server may end while a command waits for its answer",
                 "[line][tcp]") {
  test::gate gate{sys};
  add_handler(gate.handler());
  auto peer = connect();
  peer.send("x\nCREATE b\n");
  CHECK(peer.read_line() == "UNKNOWN COMMAND");
  server.close();
  CHECK_FALSE(server.wait(10ms));
  app.reset();
  auto rest = peer.read_all();
  CHECK((rest == "ERROR\r\n" || rest == "OK\r\n"));
  kill(gate.handler());
}

TEST_CASE_METHOD(test::server_fixture,
                 "a slow event handler does not stop the clients of the thread",
                 "[line][tcp]") {
  auto entered = std::make_shared<mailslot<caf::unit_t>>();
  auto release = std::make_shared<mailslot<caf::unit_t>>();
  auto latest = std::chrono::steady_clock::now() + deadline;
  auto watch = client.subscribe([=](const bucket_event&) {
    entered->put(caf::unit);
    release->take(latest);
  });
  auto first = connect();
  auto second = connect();
  CHECK(second.ask("x") == "UNKNOWN COMMAND");
  first.send("CREATE b\n");
  CHECK(entered->take(latest));
  second.send("x\n");
  CHECK(second.readable(deadline / 2)); // while the handler is not done
  release->put(caf::unit);
  CHECK(first.read_line() == "OK");
}
