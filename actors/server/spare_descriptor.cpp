#include "actors/server/spare_descriptor.hpp"

#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace kv::server {

spare_descriptor::spare_descriptor() {
  open();
}

spare_descriptor::~spare_descriptor() {
  close();
}

bool spare_descriptor::refuse(int listening, std::string_view text) {
  close();
  auto client = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (client >= 0) {
    ::send(client, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(client);
  }
  open();
  return client >= 0;
}

void spare_descriptor::open() {
  fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void spare_descriptor::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

} // namespace kv::server
