// A server that lacks memory for a moment. Replaces the allocation functions
// of this executable, to have one allocation fail.

#include "tests/server/io_method.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace kv;

namespace {

/// Allocations of this thread until one fails; less than 0: none will.
constinit thread_local int left = -1;

} // namespace

void* operator new(std::size_t size) {
  if (left >= 0 && left-- == 0)
    throw std::bad_alloc{};
  if (auto* block = std::malloc(size))
    return block;
  throw std::bad_alloc{};
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}

void operator delete(void* block) noexcept {
  std::free(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept {
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

namespace {

/// Says what it hears.
struct echo final : server::session {
  using session::session;

protected:
  bool handle_input(size_t) override {
    output() += std::exchange(input(), {});
    return false;
  }
};

/// A server whose one thread, once the next client has come, fails in an
/// allocation.
struct scarce_memory {
  scarce_memory() {
    port = server.listen({}, [this](const server::session::home& where) {
      auto result = std::make_shared<echo>(where);
      left = allowed.exchange(-1);
      ++sessions;
      return result;
    });
    server.start();
  }

  ~scarce_memory() {
    peers.clear();
    server.close();
    server.wait(test::line_client::deadline);
  }

  /// Has the `n`-th allocation from then on fail.
  void fail_after(int n) {
    auto before = sessions.load();
    allowed = n;
    peers.emplace_back(port);
    while (sessions == before)
      std::this_thread::yield();
  }

  /// Returns whether a client is served; one may be dropped meanwhile.
  bool serves() const {
    for (auto i = 0; i < 3; ++i)
      try {
        if (test::line_client{port}.ask("x") == "x")
          return true;
      } catch (const std::exception& reason) {
        if (std::string_view{reason.what()}.starts_with("no answer"))
          return false;
      }
    return false;
  }

  std::atomic<int> allowed = -1;
  std::atomic<int> sessions = 0;
  server::tcp_server server{test::with_tested_method({})};
  uint16_t port = 0;
  std::vector<test::line_client> peers;
};

} // namespace

TEST_CASE_METHOD(scarce_memory,
                 "a client that there is no memory for is the only one lost",
                 "[limits][tcp]") {
  for (auto i = 0; i < 40; ++i) {
    INFO("allocation " << i);
    fail_after(i);
    peers.emplace_back(port); // whatever becomes of it
    REQUIRE(serves());
  }
}
