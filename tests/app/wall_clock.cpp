// Loaded before all other libraries (LD_PRELOAD), it adds as many seconds to
// the clock of the wall as a file says, which may be changed at any time. What
// Debian has for that asks for the time while jemalloc is not ready yet.

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace {

const volatile int64_t* offset = nullptr;

__attribute__((constructor)) void map_offset() {
  const auto* name = std::getenv("KV_CLOCK");
  auto fd = name != nullptr ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  auto* memory = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory != MAP_FAILED)
    offset = static_cast<const int64_t*>(memory);
}

} // namespace

extern "C" int clock_gettime(clockid_t id, timespec* to) noexcept {
  auto result = static_cast<int>(::syscall(SYS_clock_gettime, id, to));
  if (result == 0 && id == CLOCK_REALTIME && offset != nullptr)
    to->tv_sec += *offset;
  return result;
}
