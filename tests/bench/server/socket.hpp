#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kv::bench {

/// Returns the result of a system call, or throws `std::system_error`.
template <class T>
T checked(T result) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), "load generator"};
  return result;
}

/// A blocking connection to a port of 127.0.0.1.
/// Errors: throws `std::system_error`.
class socket {
public:
  explicit socket(uint16_t port)
    : fd_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto one = 1;
    auto size = static_cast<socklen_t>(sizeof(to));
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), size) != 0) {
      auto reason = errno;
      ::close(std::exchange(fd_, -1));
      throw std::system_error{reason, std::generic_category(), "connect"};
    }
    checked(::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
  }

  socket(const socket&) = delete;

  socket& operator=(const socket&) = delete;

  ~socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int handle() const {
    return fd_;
  }

  /// Gives the descriptor away.
  int release() {
    return std::exchange(fd_, -1);
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      auto n = checked(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  /// Reads what is there, at most `size` bytes and at least one.
  size_t receive(char* to, size_t size) const {
    auto n = checked(::recv(fd_, to, size, 0));
    if (n == 0)
      throw std::runtime_error("the server has ended the connection");
    return static_cast<size_t>(n);
  }

  /// Reads as many bytes as `bytes` has; they have to be the same.
  void expect(std::string_view bytes) const {
    std::string got(bytes.size(), ' ');
    for (size_t n = 0; n < got.size();)
      n += receive(got.data() + n, got.size() - n);
    if (got != bytes)
      throw std::runtime_error("unexpected replies: " + got);
  }

private:
  int fd_;
};

/// Tells which sockets have something to read.
class epoll {
public:
  epoll() : fd_(checked(::epoll_create1(EPOLL_CLOEXEC))) {
    // nop
  }

  epoll(const epoll&) = delete;

  epoll& operator=(const epoll&) = delete;

  ~epoll() {
    ::close(fd_);
  }

  void add(int fd, size_t number) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    checked(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event));
  }

  /// Waits for at least one; returns the numbers they were added with.
  const std::vector<size_t>& wait() {
    auto n = ::epoll_wait(fd_, events_.data(), events_.size(), -1);
    if (n < 0 && errno != EINTR)
      checked(n);
    ready_.clear();
    for (auto i = 0; i < n; ++i)
      ready_.push_back(events_[static_cast<size_t>(i)].data.u64);
    return ready_;
  }

private:
  int fd_;
  std::array<epoll_event, 256> events_{};
  std::vector<size_t> ready_;
};

} // namespace kv::bench
