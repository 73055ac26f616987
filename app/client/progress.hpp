#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace kv::app {

/// A bar that grows, in the last line of a terminal; it goes with this.
class progress {
public:
  /// @param shown Whether there is a terminal.
  /// @param total What `update` reaches in the end; 0: nobody knows.
  progress(std::ostream& to, bool shown, uint64_t total);

  progress(const progress&) = delete;

  progress& operator=(const progress&) = delete;

  ~progress();

  /// Shows, ten times a second at most, that `done` of the total and `count`
  /// records are behind us.
  void update(uint64_t done, uint64_t count);

private:
  std::ostream& to_;
  bool shown_;
  uint64_t total_;
  std::chrono::steady_clock::time_point next_{};
};

/// Returns the line that shows that.
std::string progress_line(uint64_t done, uint64_t total, uint64_t count);

} // namespace kv::app
