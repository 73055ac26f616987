#include "actors/durable/level_room.hpp"

#include "actors/kv/durable.hpp"

#include <sys/statvfs.h>

#include <algorithm>

namespace kv::durable {

void level_room::take(size_t bytes) {
  constexpr size_t most_unseen = size_t{1} << 20;
  constexpr std::chrono::milliseconds longest{100};
  taken_ += bytes;
  auto now = std::chrono::steady_clock::now();
  if (taken_ < most_unseen && now < next_)
    return;
  check();
  taken_ = 0;
  next_ = now + longest;
}

void level_room::check() {
  struct statvfs found {};
  if (::statvfs(dir_.c_str(), &found) != 0 || found.f_blocks == 0)
    return; // who writes will hear why not
  constexpr uint64_t small_part = 4;
  auto size = uint64_t{found.f_blocks} * found.f_frsize;
  auto left = uint64_t{found.f_bavail} * found.f_frsize;
  auto least = std::min(reserve, size / small_part);
  spare_ = left - std::min(left, least);
  if (left >= least)
    return;
  auto mebibytes = [](uint64_t bytes) { return std::to_string(bytes >> 20U); };
  throw durable_failure{dir_ + ": " + mebibytes(left) + " MiB are left on the "
                        + "disk, and writing begins at " + mebibytes(least)};
}

} // namespace kv::durable
