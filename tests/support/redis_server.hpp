#pragma once

#include "tests/support/line_client.hpp"
#include "tests/support/process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace kv::test {

/// Returns a port of 127.0.0.1 that was free a moment ago.
inline uint16_t free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  auto bound = ::bind(fd, generic, size) == 0
               && ::getsockname(fd, generic, &size) == 0;
  ::close(fd);
  if (!bound)
    throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// A redis-server of its own on a free port of 127.0.0.1, which keeps nothing
/// on disk; it ends with this, or with the thread that made it.
/// Errors: what fails or lasts too long throws `std::runtime_error`.
class redis_server {
public:
  /// @param options More of its options, as `{"--requirepass", "secret"}`.
  explicit redis_server(const std::vector<std::string>& options = {})
    : port_(free_port()), process_(command(port_, options)) {
    constexpr auto most_lines = 50;
    for (auto i = 0; i < most_lines; ++i)
      if (process_.read_line().ends_with("Ready to accept connections"))
        return;
    throw std::runtime_error("redis-server does not start");
  }

  uint16_t port() const {
    return port_;
  }

  pid_t id() const {
    return process_.id();
  }

  /// Returns all that it answers to `requests` on a connection of their own.
  std::string talk(std::string_view requests) const {
    return line_client{port_}.talk(requests);
  }

private:
  static std::vector<std::string>
  command(uint16_t port, const std::vector<std::string>& options) {
    std::vector<std::string> result{"setpriv",
                                    "--pdeathsig",
                                    "KILL",
                                    "redis-server",
                                    "--port",
                                    std::to_string(port),
                                    "--bind",
                                    "127.0.0.1",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--enable-debug-command",
                                    "yes"};
    result.insert(result.end(), options.begin(), options.end());
    return result;
  }

  uint16_t port_;
  process process_;
};

} // namespace kv::test
