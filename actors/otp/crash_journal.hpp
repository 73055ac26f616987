#pragma once

#include <caf/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace kv::otp {

/// One end of a child that its supervisor had not asked for.
struct end_record {
  uint64_t number = 0; ///< Counts the ends from 1.
  std::chrono::system_clock::time_point when = {};
  std::string who;          ///< The child's id, or what it was started with.
  std::string reason;       ///< With its text.
  std::string last_message; ///< Types of what it crashed on; empty if unknown.
  uint64_t mailbox = 0;     ///< Messages that were waiting then.
  std::chrono::milliseconds uptime{0}; ///< 0 if unknown.
  uint64_t restarts = 0;               ///< How often it had been restarted.
};

/// Keeps the last ends of a tree's children. All supervisors of a tree may
/// share one.
/// Thread safety: any thread.
class crash_journal {
public:
  explicit crash_journal(size_t capacity = 100) : capacity_(capacity) {
    // nop
  }

  /// Records an end; number, time, text and crash details are filled in.
  /// Complexity: O(1); the oldest record goes if there is no room.
  void add(end_record x, const caf::error& reason);

  /// Returns up to `n` records, newest first.
  std::vector<end_record> last(size_t n = SIZE_MAX) const;

  /// Returns how many ends there were, forgotten ones included.
  uint64_t total() const;

private:
  const size_t capacity_;
  mutable std::mutex mtx_;
  std::deque<end_record> records_;
  uint64_t total_ = 0;
};

using crash_journal_ptr = std::shared_ptr<crash_journal>;

/// Lets through so many lines a second, and counts the others.
/// Thread safety: none.
class rate_limit {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit rate_limit(uint64_t lines_per_second) : limit_(lines_per_second) {
    // nop
  }

  /// Returns whether a line may be written now; if so, `*left_out` is how many
  /// were not since the last one that was.
  bool admit(time_point now, uint64_t* left_out);

private:
  uint64_t limit_;
  time_point begin_ = time_point::min();
  uint64_t lines_ = 0;
  uint64_t left_out_ = 0;
};

/// Writes crash reports to the log as warnings; at most so many a second, the
/// next one says how many were left out.
/// Thread safety: any thread.
class crash_reports {
public:
  explicit crash_reports(uint64_t lines_per_second) : limit_(lines_per_second) {
    // nop
  }

  void write(const std::string& line, rate_limit::time_point now);

private:
  std::mutex mtx_;
  rate_limit limit_;
};

/// Writes one of at most 20 crash reports a second in all.
/// Thread safety: any thread.
void report_crash(const std::string& line);

} // namespace kv::otp
