#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>
#include <unistd.h>

namespace kv::test {

/// A port of 127.0.0.1 that the system gives to nobody while this lives: only
/// who asks for this very one, with `SO_REUSEADDR` as servers do, can listen
/// there.
/// Errors: throws `std::runtime_error` if there is none.
class reserved_port {
public:
  reserved_port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_, generic, size) != 0
        || ::getsockname(fd_, generic, &size) != 0) {
      ::close(fd_);
      throw std::runtime_error("no free port");
    }
    number_ = ntohs(address.sin_port);
  }

  reserved_port(const reserved_port&) = delete;

  reserved_port& operator=(const reserved_port&) = delete;

  ~reserved_port() {
    ::close(fd_);
  }

  uint16_t number() const {
    return number_;
  }

private:
  int fd_;
  uint16_t number_;
};

} // namespace kv::test
