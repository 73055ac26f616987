#include "app/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace kv::app {

void notify_service_manager(std::string_view state) {
  const auto* path
    = std::getenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe)
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) >= sizeof(to.sun_path))
    return;
  auto length = std::strlen(path);
  std::memcpy(to.sun_path, path, length); // the rest is zero
  auto size = offsetof(sockaddr_un, sun_path) + length;
  if (path[0] == '@') // a name that is no file's
    to.sun_path[0] = '\0';
  auto fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to),
           static_cast<socklen_t>(size));
  ::close(fd);
}

} // namespace kv::app
