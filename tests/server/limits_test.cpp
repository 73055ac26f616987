// Clients that cost too much, or talk nonsense: they harm only themselves.

#include "tests/server/resp_cases.hpp"
#include "tests/server/resp_fixture.hpp"
#include "tests/support/seed.hpp"

#include <chrono>
#include <random>

using namespace kv;
using namespace std::literals;
using test::multibulk;

namespace {

/// A server for Redis clients with limits of the test's.
struct limited_fixture : test::live_fixture {
  explicit limited_fixture(server::client_limits limits = {})
    : server(test::with_tested_method({.io_threads = 1, .limits = limits})) {
    port = server.listen({}, [this](server::session::home where) {
      return std::make_shared<server::resp_session>(client, service,
                                                    std::move(where));
    });
    server.start();
  }

  ~limited_fixture() {
    server.close();
    server.wait(deadline);
    app.reset();
  }

  test::line_client connect(int receive_buffer = 0) const {
    return test::line_client{port, "127.0.0.1", receive_buffer};
  }

  std::shared_ptr<server::resp_service> service
    = std::make_shared<server::resp_service>();
  server::tcp_server server;
  uint16_t port = 0;
};

/// Returns what still comes before the server ends the connection, with a reset
/// or without.
std::string rest_of(test::line_client& peer) {
  std::string result;
  try {
    for (;;)
      result += peer.read(1);
  } catch (const std::exception& reason) {
    if (std::string_view{reason.what()}.starts_with("no answer"))
      FAIL("the connection lasts");
  }
  return result;
}

struct small_output : limited_fixture {
  small_output()
    : limited_fixture({.output = size_t{8} << 20,
                       .lasting_output = size_t{1} << 20,
                       .lasting = 1s}) {
    auto peer = connect();
    peer.send(multibulk({"HSET", "b", "k", std::string(100'000, 'v')}));
    CHECK(peer.read_line() == ":1");
  }
};

struct small_input : limited_fixture {
  small_input() : limited_fixture({.input = 100'000}) {
    // nop
  }
};

struct impatient : limited_fixture {
  impatient() : limited_fixture({.idle = 1s}) {
    // nop
  }
};

} // namespace

TEST_CASE_METHOD(small_output,
                 "a client with too much to read is dropped at once",
                 "[limits][tcp]") {
  // One request whose answer is 20 MB: the kernel takes some of it.
  std::vector<std::string> words{"HMGET", "b"};
  words.resize(202, "k");
  auto slow = connect(4096);
  slow.send(multibulk(words));
  CHECK(rest_of(slow).size() < 20'000'000);
  CHECK(connect().ask("PING") == "+PONG");
}

TEST_CASE_METHOD(small_output, "a client that does not catch up is dropped",
                 "[limits][tcp]") {
  // 1.5 MB each, or as much of it as the kernel does not take. No more than two
  // are made ahead, once it is known how large they are.
  std::vector<std::string> words{"HMGET", "b"};
  words.resize(17, "k");
  auto slow = connect(4096);
  slow.send(multibulk(words));
  slow.read(5 + 15 * (9 + 100'000 + 2));
  auto begin = std::chrono::steady_clock::now();
  std::string batch;
  for (int i = 0; i < 10; ++i)
    batch += multibulk(words);
  slow.send(batch);
  CHECK(server.wait(deadline));
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
  CHECK(rest_of(slow).size() < 10 * 1'500'000);
}

TEST_CASE_METHOD(small_output, "a client that reads is not dropped",
                 "[limits][tcp]") {
  std::vector<std::string> words{"HMGET", "b"};
  words.resize(17, "k");
  auto peer = connect();
  for (int i = 0; i < 100; ++i) {
    peer.send(multibulk(words));
    auto answer = 5 + 15 * (9 + 100'000 + 2);
    CHECK(
      peer.read(static_cast<size_t>(answer)).starts_with("*15\r\n$100000\r\n"));
  }
}

TEST_CASE_METHOD(small_output, "a client that has caught up may be silent",
                 "[limits][tcp]") {
  std::vector<std::string> words{"HMGET", "b"};
  words.resize(17, "k");
  auto peer = connect();
  peer.send(multibulk(words));
  peer.read(5 + 15 * (9 + 100'000 + 2));
  CHECK_FALSE(peer.readable(2s)); // twice as long as it may lag behind
  CHECK(peer.ask("PING") == "+PONG");
}

TEST_CASE_METHOD(small_input, "a request that does not end is dropped",
                 "[limits][tcp]") {
  auto peer = connect();
  auto other = connect();
  // Every argument is small enough, all of them are not.
  auto argument = "$1000\r\n" + std::string(1000, 'x') + "\r\n";
  peer.send("*1000000\r\n");
  for (int i = 0; i < 90; ++i)
    peer.send(argument);
  CHECK(other.ask("PING") == "+PONG");
  CHECK_FALSE(peer.readable(50ms));
  try {
    for (int i = 0; i < 1000; ++i)
      peer.send(argument);
  } catch (const std::system_error&) {
    // It has been dropped meanwhile.
  }
  CHECK(rest_of(peer).empty());
  CHECK(other.ask("PING") == "+PONG");
  // What is complete may be larger in sum.
  auto many = connect();
  std::string batch;
  for (int i = 0; i < 1000; ++i)
    batch += multibulk({"ECHO", std::string(1000, 'x')});
  many.send(batch);
  CHECK(many.read(1000 * 1009).starts_with("$1000\r\nxxx"));
}

TEST_CASE_METHOD(impatient, "a silent client is dropped", "[limits][tcp]") {
  auto peer = connect();
  CHECK(peer.ask("PING") == "+PONG");
  CHECK(rest_of(peer).empty());
  auto half = connect();
  half.send("*2\r\n$4\r\nEC");
  CHECK(rest_of(half).empty());
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(impatient, "a client that is dropped waits for nothing more",
                 "[limits][tcp]") {
  auto peer = connect();
  peer.send("XREAD BLOCK 0 STREAMS kv:events $\r\n");
  CHECK(rest_of(peer).empty());
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(limited_fixture, "by default clients may be silent",
                 "[limits][tcp]") {
  auto peer = connect();
  CHECK_FALSE(peer.readable(500ms));
  CHECK(peer.ask("PING") == "+PONG");
}

TEST_CASE("a client that does not say the password in time is dropped",
          "[limits][password]") {
  struct locked : limited_fixture {
    locked() : limited_fixture({.authentication = 1s}) {
      service->access = std::make_shared<server::password>("x");
    }
  } fixture;
  auto known = fixture.connect();
  CHECK(known.ask("AUTH x") == "+OK");
  auto begin = std::chrono::steady_clock::now();
  auto silent = fixture.connect();
  CHECK(rest_of(silent).empty());
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
  auto busy = fixture.connect();
  try {
    for (;;)
      busy.ask("PING");
  } catch (const std::exception& reason) {
    CHECK_FALSE(std::string_view{reason.what()}.starts_with("no answer"));
  }
  CHECK(known.ask("PING") == "+PONG");
}

TEST_CASE_METHOD(limited_fixture, "garbage, halves and resets harm nobody else",
                 "[limits][tcp]") {
  auto seed = test::test_seed();
  std::mt19937_64 random{seed};
  auto other = connect();
  CHECK(other.ask("HSET b k v") == ":1");
  std::vector<test::line_client> open;
  for (int i = 0; i < 300; ++i) {
    auto peer = connect();
    std::string bytes;
    for (auto n = random() % 200; n > 0; --n)
      bytes += random() % 3 == 0 ? "*$\r\n0123HSETbk\0\xFF "[random() % 18]
                                 : static_cast<char>(random());
    auto whole
      = multibulk({"HSET", "b", "k", std::string(random() % 300, 'x')});
    if (random() % 2 == 0)
      bytes = whole.substr(0, random() % whole.size());
    peer.send_blindly(bytes);
    switch (random() % 4) {
      case 0:
        peer.reset();
        break;
      case 1:
        peer.end_sending();
        open.push_back(std::move(peer));
        break;
      case 2:
        open.push_back(std::move(peer));
        break;
      default:
        break;
    }
    CHECK(other.ask("HGET b k") == "$1");
    CHECK(other.read_line() == "v");
  }
  open.clear();
  CHECK(other.ask("PING") == "+PONG");
  other.close();
  CHECK(server.wait(deadline));
}

TEST_CASE_METHOD(limited_fixture, "who writes slowly keeps nobody waiting",
                 "[limits][tcp]") {
  auto slow = connect();
  auto other = connect();
  for (char c : multibulk({"ECHO", "milk"})) {
    slow.send({&c, 1});
    CHECK(other.ask("PING") == "+PONG");
  }
  CHECK(slow.read_line() == "$4");
}
