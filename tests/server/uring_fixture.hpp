#pragma once

#include "actors/server/uring.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/patience.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kv::test {

/// Two sockets that are connected with one another.
struct socket_pair {
  socket_pair() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  }

  socket_pair(const socket_pair&) = delete;

  ~socket_pair() {
    for (auto end : ends)
      if (end >= 0)
        ::close(end);
  }

  /// Hands the first one over.
  int release() {
    return std::exchange(ends[0], -1);
  }

  void write(std::string_view text) const {
    REQUIRE(::write(ends[1], text.data(), text.size())
            == static_cast<ssize_t>(text.size()));
  }

  /// Returns what can be read from one of them without waiting.
  std::string read(size_t i) const {
    std::array<char, 1024> buffer{};
    auto n = ::recv(ends[i], buffer.data(), buffer.size(), MSG_DONTWAIT);
    return n > 0 ? std::string(buffer.data(), static_cast<size_t>(n)) : "";
  }

  /// Returns whether the other end has nothing more to say.
  bool at_end() const {
    char byte = 0;
    return ::recv(ends[1], &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }

  std::array<int, 2> ends{};
};

/// An operation that keeps what became of it.
struct recorded final : server::uring::operation {
  void complete(int result, std::string_view bytes) override {
    this->result = result;
    this->bytes = bytes;
    if (throws)
      throw std::runtime_error{"planned"};
  }

  std::optional<int> result;
  std::string bytes;
  bool throws = false;
};

/// A ring with next to no room. Without io_uring its tests say so and pass: the
/// server does without it, too.
struct tiny_ring {
  static constexpr server::uring::sizes next_to_nothing{
    .submissions = 4, .completions = 8, .buffers = 2, .buffer_bytes = 16};

  tiny_ring() {
    try {
      ring = server::uring::make(context, next_to_nothing);
    } catch (const std::system_error& reason) {
      WARN(reason.what());
    }
  }

  /// Runs the context until `done()`.
  template <class F>
  void run_until(F done) {
    while (!done()) {
      auto handlers
        = context.run_one_for(patience); // may throw, outside of REQUIRE
      REQUIRE(handlers == 1);
    }
  }

  boost::asio::io_context context{1};
  std::unique_ptr<server::uring> ring;
};

} // namespace kv::test
