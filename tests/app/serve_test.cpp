// `kv serve` from the outside.

#include "tests/app/serve_fixture.hpp"

#include <sys/resource.h>

#include <atomic>

using namespace kv::app::test;

TEST_CASE("serve says when it is ready, and where", "[serve]") {
  program kv;
  CHECK(kv.version == "kv 0.1.0 (CAF 0.17.6)  config none");
  auto peer = kv.connect();
  CHECK(peer.ask("CREATE shopping") == "OK");
  CHECK(peer.ask("PUT shopping milk 1") == "OK");
  CHECK(peer.ask("GET shopping milk") == "1");
}

TEST_CASE("SIGTERM and SIGINT end it in order", "[serve]") {
  for (auto number : {SIGTERM, SIGINT}) {
    program kv;
    auto peer = kv.connect();
    CHECK(peer.ask("CREATE b") == "OK");
    auto idle = kv.connect();
    CHECK(idle.ask("x") == "UNKNOWN COMMAND");
    kv.kv.signal(number);
    CHECK(kv.kv.wait() == 0);
    CHECK(closed(peer));
    CHECK(closed(idle));
    CHECK(kv.kv.out().empty());
  }
}

namespace {

/// Has it stopped while it has requests to read, and answers that the kernel
/// does not take. Returns whether all were read before it lost its patience.
bool stop_with_answers_due() {
  program kv;
  constexpr size_t times = 4000;
  constexpr size_t length = 2000;
  auto peer = kv.connect();
  CHECK(peer.ask("CREATE b") == "OK");
  CHECK(peer.ask("PUT b k " + std::string(length, 'v')) == "OK");
  std::string batch;
  for (size_t i = 0; i < times; ++i)
    batch += "GET b k\n";
  REQUIRE(peer.send_blindly(batch));
  kv.kv.signal(SIGTERM);
  size_t got = 0;
  try {
    got = peer.read_all().size();
  } catch (const std::exception&) {
    // Who is too slow may be reset.
  }
  CHECK(kv.kv.wait() == 0);
  if (kv.kv.err().find("have not read their answers") != std::string::npos)
    return false;
  CHECK(got == times * (length + 6));
  return true;
}

} // namespace

TEST_CASE("SIGTERM ends it after it has answered what it had received",
          "[serve]") {
  // On a busy machine the client may be too slow for it.
  auto attempts = 10;
  while (!stop_with_answers_due())
    REQUIRE(--attempts > 0);
}

namespace {

/// Has it stopped under load; returns how long that took.
std::chrono::milliseconds stop_under_load() {
  program kv{{"--io-threads", "2"}};
  CHECK(kv.connect().talk("CREATE b\n") == "OK\r\n");
  std::atomic<int> rounds = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      try {
        auto peer = kv.connect();
        for (;; ++rounds) {
          peer.send("PUT b k v\nGET b k\nCREATE b\n");
          for (std::string expected : {"OK", "v", "OK", "OK"})
            if (peer.read_line() != expected)
              ++wrong;
        }
      } catch (const std::exception&) {
        // The program has ended.
      }
    });
  line_client slow{kv.port, "127.0.0.1", 4096};
  std::string batch = "PUT b big " + std::string(500'000, 'v') + '\n';
  for (int i = 0; i < 100; ++i)
    batch += "GET b big\n";
  slow.send(batch);
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (rounds < 100 && std::chrono::steady_clock::now() < latest)
    std::this_thread::yield();
  auto begin = std::chrono::steady_clock::now();
  kv.kv.signal(SIGTERM);
  auto status = -1;
  try {
    status = kv.kv.wait();
  } catch (const std::exception& reason) {
    kv.kv.signal(SIGKILL);
    WARN(reason.what());
  }
  auto took = std::chrono::steady_clock::now() - begin;
  threads.clear();
  CHECK(rounds >= 100);
  // Who is given up after that time may hear anything.
  if (took <= 5s) {
    CHECK(status == 0);
    CHECK(wrong == 0);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(took);
}

} // namespace

TEST_CASE("SIGTERM under load ends it within five seconds", "[serve]") {
  // A busy machine may take longer; so it has three attempts.
  auto attempts = 3;
  while (stop_under_load() > 5s)
    REQUIRE(--attempts > 0);
}

TEST_CASE("a second signal ends it at once", "[serve]") {
  // A child that does not end makes the first one take for ever.
  process kv{{KV_STUCK_PROGRAM, "patience", "1000"}, "/"};
  kv.read_line();
  CHECK_THAT(kv.read_line(), Catch::StartsWith("ready"));
  kv.signal(SIGTERM);
  await_default(kv.id(), SIGTERM);
  kv.signal(SIGTERM);
  CHECK(kv.wait() == -SIGTERM);
}

TEST_CASE("SIGHUP and SIGPIPE do not end it", "[serve]") {
  program kv;
  auto peer = kv.connect();
  CHECK(peer.ask("CREATE b") == "OK");
  kv.kv.signal(SIGHUP);
  kv.kv.signal(SIGPIPE);
  CHECK(peer.ask("CREATE c") == "OK");
  CHECK(kv.connect().ask("CREATE d") == "OK");
}

TEST_CASE("a port in use is one line and status 1", "[serve]") {
  program first;
  auto port = std::to_string(first.port);
  process second{{KV_PROGRAM, "serve", "--line-port", port}};
  CHECK(second.wait() == 1);
  CHECK(second.out().empty());
  CHECK(second.err()
        == "kv: cannot listen on 127.0.0.1 port " + port
             + ": Address already in use\n");
}

// UBSan needs descriptors itself, to look at memory.
#ifndef __SANITIZE_ADDRESS__
namespace {

/// Returns whether a new client is served. Who is refused before the request is
/// read may not even hear why.
bool creates(const program& kv) {
  try {
    return kv.connect().talk("CREATE c\n") == "OK\r\n";
  } catch (const std::runtime_error&) {
    return false;
  }
}

} // namespace

TEST_CASE("without descriptors it refuses, does not spin, and recovers",
          "[serve]") {
  program kv{
    {"--log-level", "off"},
    {"/bin/sh", "-c",
     "ulimit -n 64; exec \"$0\" \"$@\""}}; // NOLINT(modernize-raw-string-literal)
  std::vector<line_client> peers;
  for (int i = 0; i < 100; ++i)
    peers.push_back(kv.connect());
  auto before = cpu_time(kv.kv.id());
  // Who is refused hears so at once, in the order of the connections.
  CHECK(peers.back().read_all() == "ERROR\r\n");
  peers.pop_back();
  size_t served = 0;
  for (auto& peer : peers) {
    if (peer.readable(10ms))
      CHECK(peer.read_all() == "ERROR\r\n");
    else if (peer.ask("CREATE b") == "OK")
      ++served;
  }
  CHECK(served == 32);
  CHECK(cpu_time(kv.kv.id()) - before < 0.3);
  peers.clear();
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (!creates(kv))
    REQUIRE(std::chrono::steady_clock::now() < latest);
}

TEST_CASE("with the last descriptor gone, clients still hear so", "[serve]") {
  // Clients may have more than there are: what refuses them is the spare one.
  program kv{{"--log-level", "off", "--max-clients", "1000000"},
             {"/bin/sh", "-c",
              "exec \"$0\" \"$@\""}}; // NOLINT(modernize-raw-string-literal)
  rlimit few{40, 40};
  REQUIRE(::prlimit(kv.kv.id(), RLIMIT_NOFILE, &few, nullptr) == 0);
  std::vector<line_client> peers;
  for (int i = 0; i < 100; ++i)
    peers.push_back(kv.connect());
  auto& last = peers.back();
  CHECK(last.read_all() == "ERROR\r\n");
  auto& first = peers.front();
  CHECK(first.ask("CREATE b") == "OK");
  auto before = cpu_time(kv.kv.id());
  CHECK_FALSE(first.readable(500ms));
  CHECK(cpu_time(kv.kv.id()) - before < 0.2);
  peers.clear();
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (!creates(kv))
    REQUIRE(std::chrono::steady_clock::now() < latest);
}
#endif
