#include "app/client/progress.hpp"

#include <algorithm>
#include <ostream>

namespace kv::app {

progress::progress(std::ostream& to, bool shown, uint64_t total)
  : to_(to), shown_(shown), total_(total) {
  // nop
}

progress::~progress() {
  if (shown_)
    to_ << "\r\x1b[K" << std::flush;
}

void progress::update(uint64_t done, uint64_t count) {
  auto now = std::chrono::steady_clock::now();
  if (!shown_ || now < next_)
    return;
  next_ = now + std::chrono::milliseconds{100};
  to_ << '\r' << progress_line(done, total_, count) << "\x1b[K" << std::flush;
}

std::string progress_line(uint64_t done, uint64_t total, uint64_t count) {
  constexpr uint64_t width = 40;
  constexpr uint64_t hundred = 100;
  auto records = std::to_string(count) + " records";
  if (total == 0)
    return records;
  done = std::min(done, total);
  auto filled = static_cast<size_t>(done * width / total);
  return '[' + std::string(filled, '#') + std::string(width - filled, ' ')
         + "] " + std::to_string(done * hundred / total) + " %  " + records;
}

} // namespace kv::app
