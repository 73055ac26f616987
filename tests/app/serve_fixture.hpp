#pragma once

#include "actors/kv/application.hpp"
#include "app/actor_types.hpp"
#include "app/config.hpp"
#include "app/serve.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/process.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

namespace kv::app::test {

using kv::test::line_client;
using kv::test::process;
using namespace std::literals;

constexpr auto deadline = kv::test::patience;

/// `kv` on a free port, in a folder without a configuration.
struct program {
  explicit program(const std::vector<std::string>& more = {},
                   const std::vector<std::string>& before = {})
    : kv(words(before, more), "/") {
    version = kv.read_line();
    ready = kv.read_line();
    if (!ready.starts_with("ready line="))
      FAIL("'" << ready << "' " << kv.err());
    port = port_of("line");
  }

  static std::vector<std::string> words(std::vector<std::string> result,
                                        const std::vector<std::string>& more) {
    result.insert(result.end(), {KV_PROGRAM, "serve", "--line-port", "0"});
    if (std::find(more.begin(), more.end(), "--resp-port") == more.end())
      result.insert(result.end(), {"--resp-port", "off"});
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  /// Returns the port of one of the listeners.
  uint16_t port_of(const std::string& listener) const {
    auto start = ' ' + listener + "=127.0.0.1:";
    auto at = ready.find(start);
    if (at == std::string::npos)
      FAIL("'" << ready << "' has no " << listener);
    return static_cast<uint16_t>(std::stoul(ready.substr(at + start.size())));
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
  std::string ready;
  uint16_t port = 0;
};

/// Seconds of CPU that a process has used.
inline double cpu_time(pid_t id) {
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

/// Waits until a process does not catch a signal any more: what it does about
/// the first one has begun, and the next one ends it.
inline void await_default(pid_t id, int number) {
  auto latest = std::chrono::steady_clock::now() + deadline;
  for (auto caught = ~uint64_t{0}; (caught >> (number - 1) & 1) != 0;) {
    REQUIRE(std::chrono::steady_clock::now() < latest);
    std::ifstream in{"/proc/" + std::to_string(id) + "/status"};
    std::string word;
    while (in >> word && word != "SigCgt:")
      continue;
    in >> std::hex >> caught;
  }
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

/// Returns whether the server has closed a connection, with a reset or without,
/// and sent nothing more.
inline bool closed(line_client& peer) {
  try {
    return peer.read_all().empty();
  } catch (const std::exception&) {
    return true;
  }
}

} // namespace kv::app::test
