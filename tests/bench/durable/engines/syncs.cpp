#include "tests/bench/durable/engines/measures.hpp"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <iostream>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace kv::bench::engines {

// Without an engine: what it costs to sync a file of which the end is written.
int syncs(const string& way, const string& file) {
  constexpr auto count = 1000;
  constexpr size_t size = 3000;
  constexpr size_t step = size_t{1} << 20;
  if (way != "grow" && way != "zeros" && way != "fallocate")
    throw std::runtime_error("syncs need grow, zeros or fallocate");
  auto fd = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC,
                   0600);
  if (fd < 0)
    throw std::runtime_error(file);
  const std::vector<char> zeros(step, '\0');
  const std::vector<char> text(size, 'x');
  if (way == "fallocate" && ::posix_fallocate(fd, 0, count * size) != 0)
    throw std::runtime_error("fallocate");
  auto write = [fd](const std::vector<char>& xs, size_t at) {
    if (::pwrite(fd, xs.data(), xs.size(), static_cast<off_t>(at))
        != static_cast<ssize_t>(xs.size()))
      throw std::runtime_error("write");
  };
  size_t end = 0;
  auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < count; ++i) {
    if (way == "zeros" && (i + 1) * size > end) {
      write(zeros, end);
      end += step;
    }
    write(text, i * size);
    if (::fdatasync(fd) != 0)
      throw std::runtime_error("fdatasync");
  }
  const std::chrono::duration<double, std::micro> took
    = std::chrono::steady_clock::now() - begin;
  std::cout << way << ": " << took.count() / count << " us a sync\n";
  ::close(fd);
  ::unlink(file.c_str());
  return 0;
}

} // namespace kv::bench::engines
