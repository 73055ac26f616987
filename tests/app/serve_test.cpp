// `kv serve` from the outside, and its end from the inside.

#include "app/serve.hpp"

#include "actors/examples/counter.hpp"
#include "actors/kv/application.hpp"
#include "app/actor_types.hpp"
#include "app/config.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/process.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <fstream>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

using namespace kv;
using namespace std::literals;
using test::line_client;
using test::process;

namespace {

constexpr auto deadline = 20s;

/// `kv` on a free port, in a folder without a configuration.
struct program {
  explicit program(const std::vector<std::string>& more = {},
                   const std::vector<std::string>& before = {})
    : kv(words(before, more), "/") {
    version = kv.read_line();
    auto line = kv.read_line();
    std::string start = "ready line=127.0.0.1:";
    if (!line.starts_with(start))
      FAIL("'" << line << "' " << kv.err());
    port = static_cast<uint16_t>(std::stoul(line.substr(start.size())));
  }

  static std::vector<std::string> words(std::vector<std::string> result,
                                        const std::vector<std::string>& more) {
    result.insert(result.end(), {KV_PROGRAM, "serve", "--line-port", "0"});
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  line_client connect() const {
    return line_client{port};
  }

  bool listens() const {
    try {
      connect();
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  process kv;
  std::string version;
  uint16_t port = 0;
};

/// Seconds of CPU that a process has used.
double cpu_time(pid_t id) {
  std::ifstream in{"/proc/" + std::to_string(id) + "/stat"};
  std::string word;
  std::getline(in, word, ')');
  for (int i = 3; i < 14; ++i)
    in >> word;
  double user = 0;
  double system = 0;
  in >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Keeps what other threads write to a stream.
class kept_output : public std::streambuf {
public:
  explicit kept_output(std::ostream& stream)
    : stream_(stream), before_(stream.rdbuf(this)) {
    // nop
  }

  ~kept_output() override {
    stream_.rdbuf(before_);
  }

  std::string text() const {
    std::lock_guard guard{mtx_};
    return text_;
  }

protected:
  int overflow(int c) override {
    std::lock_guard guard{mtx_};
    text_ += static_cast<char>(c);
    return c;
  }

private:
  mutable std::mutex mtx_;
  std::string text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

/// `serve` on a thread of this process, its output kept.
class served {
public:
  explicit served(std::vector<std::string> with = {}) {
    opts_.bind = "127.0.0.1";
    opts_.line_port = 0;
    opts_.max_clients = 10;
    opts_.log_level = log::level::off;
    opts_.with = std::move(with);
    status_ = std::async(std::launch::async,
                         [this] { return app::serve(cfg_, opts_); });
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (out().find("\nready line=127.0.0.1:") == std::string::npos) {
      REQUIRE(runs());
      REQUIRE(std::chrono::steady_clock::now() < latest);
      std::this_thread::yield();
    }
  }

  ~served() {
    if (runs())
      stop();
  }

  /// Sends the signal that one would send to the program.
  void stop() const {
    ::kill(::getpid(), SIGTERM);
  }

  bool runs() const {
    return status_.valid() && status_.wait_for(0s) != std::future_status::ready;
  }

  /// Calls `f` with the actor of that name, as soon as there is one.
  template <class Handle, class F>
  void with_actor(const char* id, F f) {
    auto latest = std::chrono::steady_clock::now() + deadline;
    while (runs()) {
      try {
        if (auto hdl = otp::whereis<Handle>(
              ets::whereis<otp::names_table>("kv.names"), id)) {
          f(hdl);
          return;
        }
      } catch (const ets::error&) {
        // The table is not there yet, or not any more.
      }
      REQUIRE(std::chrono::steady_clock::now() < latest);
      std::this_thread::yield();
    }
  }

  int wait() {
    REQUIRE(status_.wait_for(deadline) == std::future_status::ready);
    return status_.get();
  }

  std::string out() const {
    return out_.text();
  }

  std::string err() const {
    return err_.text();
  }

private:
  kept_output out_{std::cout};
  kept_output err_{std::cerr};
  app::config cfg_;
  app::options opts_;
  std::future<int> status_;
};

} // namespace

namespace {

/// Returns whether the server has closed a connection, with a reset or without,
/// and sent nothing more.
bool closed(line_client& peer) {
  try {
    return peer.read_all().empty();
  } catch (const std::exception&) {
    return true;
  }
}

} // namespace

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
    CHECK(kv.kv.wait(5s) == 0);
    CHECK(closed(peer));
    CHECK(closed(idle));
    CHECK(kv.kv.out().empty());
  }
}

TEST_CASE("SIGTERM ends it after it has answered what it had received",
          "[serve]") {
  program kv;
  // More than is read at once, and more answers than the kernel takes.
  constexpr size_t times = 4000;
  auto peer = kv.connect();
  CHECK(peer.ask("CREATE b") == "OK");
  CHECK(peer.ask("PUT b k " + std::string(5'000, 'v')) == "OK");
  std::string batch;
  for (size_t i = 0; i < times; ++i)
    batch += "GET b k\n";
  REQUIRE(peer.send_blindly(batch));
  kv.kv.signal(SIGTERM);
  CHECK(peer.read_all().size() == times * (5'000 + 6));
  CHECK(kv.kv.wait(5s) == 0);
}

TEST_CASE("SIGTERM under load ends it within five seconds", "[serve]") {
  program kv{{"--io-threads", "2"}};
  CHECK(kv.connect().talk("CREATE b\n") == "OK\r\n");
  std::atomic<int> rounds = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      auto peer = kv.connect();
      try {
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
  kv.kv.signal(SIGTERM);
  auto status = -1;
  try {
    status = kv.kv.wait(5s);
  } catch (const std::exception& reason) {
    kv.kv.signal(SIGKILL);
    WARN(reason.what());
  }
  for (auto& x : threads)
    x.join();
  CHECK(status == 0);
  CHECK(rounds >= 100);
  CHECK(wrong == 0);
}

TEST_CASE("a second signal ends it at once", "[serve]") {
  program kv;
  // Someone who does not read makes the first one take a while.
  line_client slow{kv.port, "127.0.0.1", 4096};
  auto other = kv.connect();
  std::string batch = "CREATE b\nPUT b k " + std::string(500'000, 'v') + '\n';
  for (int i = 0; i < 100; ++i)
    batch += "GET b k\n";
  slow.send(batch);
  while (other.ask("GET b k") == "NOT FOUND")
    std::this_thread::yield();
  kv.kv.signal(SIGTERM);
  while (kv.listens())
    std::this_thread::yield();
  kv.kv.signal(SIGTERM);
  CHECK(kv.kv.wait(1500ms) == -SIGTERM);
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
  CHECK(second.wait(2s) == 1);
  CHECK(second.out().empty());
  CHECK(second.err()
        == "kv: cannot listen on 127.0.0.1 port " + port
             + ": Address already in use\n");
}

// UBSan needs descriptors itself, to look at memory.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("without descriptors it refuses, does not spin, and recovers",
          "[serve]") {
  program kv{
    {"--log-level", "off"},
    {"/bin/sh", "-c",
     "ulimit -n 40; exec \"$0\" \"$@\""}}; // NOLINT(modernize-raw-string-literal)
  std::vector<line_client> peers;
  for (int i = 0; i < 100; ++i)
    peers.push_back(kv.connect());
  auto& first = peers.front();
  CHECK(first.ask("CREATE b") == "OK");
  auto& last = peers.back();
  last.send("GET b k\n");
  auto before = cpu_time(kv.kv.id());
  CHECK_FALSE(last.readable(1s));
  CHECK(cpu_time(kv.kv.id()) - before < 0.3);
  CHECK(first.ask("CREATE c") == "OK");
  for (int i = 0; i < 99; ++i)
    peers[static_cast<size_t>(i)].close();
  CHECK(last.read_line().empty());
  CHECK(last.read_line() == "OK");
}
#endif

TEST_CASE("serve starts actor types by name", "[serve]") {
  SECTION("in the program") {
    program kv{{"--with", "counter"}};
    CHECK(kv.connect().ask("CREATE b") == "OK");
    kv.kv.signal(SIGTERM);
    CHECK(kv.kv.wait(5s) == 0);
  }
  SECTION("and they are there") {
    served kv{{"counter"}};
    auto found = false;
    kv.with_actor<examples::counter_actor>("counter",
                                           [&](auto&) { found = true; });
    CHECK(found);
    kv.stop();
    CHECK(kv.wait() == 0);
    CHECK(kv.err().empty());
  }
}

TEST_CASE("an actor type runs under the supervisor, by its name", "[serve]") {
  REQUIRE_FALSE(app::actor_type_names().empty());
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  tree_options options;
  for (const auto& name : app::actor_type_names())
    options.children.push_back(app::actor_type_spec(name));
  application app{sys, options};
  caf::scoped_actor self{sys};
  auto counter = otp::whereis<examples::counter_actor>(app.actors(), "counter");
  REQUIRE(counter);
  auto ask = [&](const examples::counter_actor& hdl, int64_t x) {
    int64_t result = -1;
    self->request(hdl, deadline, atom::put_v, x)
      .receive([&](int64_t y) { result = y; },
               [](const caf::error& err) { FAIL(describe(err)); });
    return result;
  };
  CHECK(ask(counter, 2) == 2);
  CHECK(ask(counter, 3) == 5);
  self->monitor(counter);
  self->send_exit(counter, caf::exit_reason::kill);
  self->receive([](const caf::down_msg&) {});
  auto latest = std::chrono::steady_clock::now() + deadline;
  examples::counter_actor next;
  while (!next || next == counter) {
    REQUIRE(std::chrono::steady_clock::now() < latest);
    next = otp::whereis<examples::counter_actor>(app.actors(), "counter");
  }
  CHECK(ask(next, 1) == 1);
}

TEST_CASE(
  "when the registry dies for the fourth time, serve returns 5 and says "
  "why",
  "[serve]") {
  served kv{{"counter"}};
  caf::actor_id last = 0;
  while (kv.runs())
    kv.with_actor<registry_actor>(registry_state::name, [&](auto& registry) {
      if (std::exchange(last, registry.id()) != registry.id())
        caf::anon_send_exit(registry, caf::exit_reason::kill);
    });
  CHECK(kv.wait() == 5);
  CHECK(kv.err().starts_with("kv: the supervision tree ended: max_restarts"));
  CHECK(kv.err().find("kv.registry") != std::string::npos);
  CHECK(kv.err().find('\n') == kv.err().size() - 1);
}
