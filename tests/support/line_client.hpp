#pragma once

#include "tests/support/patience.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kv::test {

/// A blocking client of a text protocol over TCP. Nothing waits for longer than
/// `deadline`.
/// Errors: what fails or lasts too long throws `std::runtime_error`.
class line_client {
public:
  static constexpr std::chrono::seconds deadline = patience;

  /// @param receive_buffer Bytes that the kernel keeps for us; 0: its default.
  explicit line_client(uint16_t port, const std::string& host = "127.0.0.1",
                       int receive_buffer = 0) {
    auto v6 = host.find(':') != std::string::npos;
    fd_
      = check(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0)
      check(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                         sizeof(receive_buffer)));
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (v6) {
      auto& to = reinterpret_cast<sockaddr_in6&>(storage);
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      ::inet_pton(AF_INET6, host.c_str(), &to.sin6_addr);
      size = sizeof(to);
    } else {
      auto& to = reinterpret_cast<sockaddr_in&>(storage);
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
      size = sizeof(to);
    }
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
      auto reason = errno;
      close();
      throw std::system_error{reason, std::generic_category(), "connect"};
    }
  }

  line_client(line_client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), inbox_(std::move(other.inbox_)) {
    // nop
  }

  line_client& operator=(line_client&&) = delete;

  ~line_client() {
    close();
  }

  /// Sends all of it; what arrives meanwhile is kept.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto ready = wait(POLLIN | POLLOUT);
      if ((ready & POLLIN) != 0)
        fill();
      if ((ready & POLLOUT) == 0)
        continue;
      auto n = ::send(fd_, bytes.data(), bytes.size(),
                      MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        check(-1);
      bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    }
  }

  /// Sends, but reads nothing; returns whether all of it could be sent at once.
  bool send_blindly(std::string_view bytes) const {
    auto n = ::send(fd_, bytes.data(), bytes.size(),
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == static_cast<ssize_t>(bytes.size());
  }

  /// Returns the next `n` bytes.
  std::string read(size_t n) {
    while (inbox_.size() < n)
      if (wait(POLLIN) != 0 && !fill())
        throw std::runtime_error("the connection ended early, after: "
                                 + inbox_);
    auto result = inbox_.substr(0, n);
    inbox_.erase(0, n);
    return result;
  }

  /// Returns the next line without its CRLF.
  std::string read_line() {
    size_t end = 0;
    while ((end = inbox_.find("\r\n")) == std::string::npos)
      if (wait(POLLIN) != 0 && !fill())
        throw std::runtime_error("the connection ended early, after: "
                                 + inbox_);
    auto result = inbox_.substr(0, end);
    inbox_.erase(0, end + 2);
    return result;
  }

  /// Returns all that comes until the other side ends the connection.
  std::string read_all() {
    while (wait(POLLIN) != 0 && fill()) {
      // Goes on.
    }
    return std::exchange(inbox_, {});
  }

  /// Sends a command and returns the first line of its answer.
  std::string ask(std::string_view command) {
    send(std::string{command} + "\r\n");
    return read_line();
  }

  /// Sends a batch, says that nothing follows, and returns all answers.
  std::string talk(std::string_view batch) {
    send(batch);
    end_sending();
    return read_all();
  }

  /// Returns whether something, or the end, arrives within `timeout`.
  bool readable(std::chrono::milliseconds timeout) const {
    pollfd x{fd_, POLLIN, 0};
    return ::poll(&x, 1, static_cast<int>(timeout.count())) > 0;
  }

  void end_sending() const {
    check(::shutdown(fd_, SHUT_WR));
  }

  /// Ends the connection as if the machine had gone.
  void reset() {
    linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close();
  }

  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }

private:
  static int check(int result) {
    if (result < 0)
      throw std::system_error{errno, std::generic_category(), "line client"};
    return result;
  }

  /// Returns which of `events` are there, POLLIN for an error too.
  int wait(short events) const {
    pollfd x{fd_, events, 0};
    if (check(::poll(&x, 1, poll_patience)) == 0)
      throw std::runtime_error("no answer in time, after: " + inbox_);
    auto failed = (x.revents & (POLLERR | POLLHUP)) != 0;
    return x.revents | (failed ? POLLIN : 0);
  }

  /// Reads what is there; returns false at the end of the connection.
  bool fill() {
    char buf[65536];
    auto n = check(static_cast<int>(::recv(fd_, buf, sizeof(buf), 0)));
    inbox_.append(buf, static_cast<size_t>(n));
    return n > 0;
  }

  int fd_ = -1;
  std::string inbox_;
};

} // namespace kv::test
