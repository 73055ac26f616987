#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace kv::bench {

/// The peer: a process that measures on request, one line each way.
/// Errors: throws `std::runtime_error` with the peer's own words.
class peer {
public:
  /// Starts `command` with `sh -c`.
  explicit peer(const std::string& command);

  peer(const peer&) = delete;

  peer& operator=(const peer&) = delete;

  ~peer();

  /// Runs one measurement, e.g. `lookup 1k.t1`.
  double measure(const std::string& words);

  /// The operating system's process id of the peer itself.
  pid_t pid() const noexcept {
    return pid_;
  }

private:
  std::string read_line();

  FILE* in_ = nullptr;
  FILE* out_ = nullptr;
  pid_t child_ = 0;
  pid_t pid_ = 0;
};

} // namespace kv::bench
