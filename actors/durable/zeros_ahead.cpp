#include "actors/durable/zeros_ahead.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace kv::durable {

zeros_ahead::zeros_ahead(const std::string& file)
  : fd_(::open(file.c_str(), O_WRONLY | O_CLOEXEC)) {
  // nop
}

zeros_ahead::~zeros_ahead() {
  if (fd_ >= 0)
    ::close(fd_);
}

// A file that is synced now and then only does not need any.
void zeros_ahead::on_sync(uint64_t written) {
  constexpr unsigned often = 8;
  constexpr uint64_t step = uint64_t{1} << 20;
  constexpr uint64_t least = uint64_t{64} << 10;
  if (fd_ < 0 || ++syncs_ < often || end_ >= written + least)
    return;
  static const std::vector<char> zeros(step, '\0');
  auto begin = std::max(end_, written);
  auto done = ::pwrite(fd_, zeros.data(), step, static_cast<off_t>(begin));
  if (done > 0)
    end_ = begin + static_cast<uint64_t>(done);
  else
    syncs_ = 0; // there is no room: tried again later
}

void zeros_ahead::cut(uint64_t written) {
  if (end_ > written && ::ftruncate(fd_, static_cast<off_t>(written)) == 0)
    end_ = 0;
}

} // namespace kv::durable
