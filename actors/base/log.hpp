#pragma once

#include <string>
#include <string_view>

namespace kv::log {

/// Severities, least severe first; `off` silences everything.
enum class level { trace, debug, info, warn, error, off };

/// Sends lines of at least severity `least` to `file`, or to standard error if
/// `file` is empty. Without a call, lines of `warn` and above go to standard
/// error.
/// Called again, it opens the file anew: it may have been moved meanwhile.
/// Thread safety: any thread.
/// Errors: throws `std::runtime_error` if the file cannot be opened.
void init(level least, const std::string& file);

/// Returns whether a line of severity `x` would be written.
/// Thread safety: any thread. Complexity: O(1).
bool enabled(level x);

/// Writes one line.
/// Thread safety: any thread.
void write(level x, std::string_view line);

inline void info(std::string_view line) {
  write(level::info, line);
}

inline void warn(std::string_view line) {
  write(level::warn, line);
}

inline void error(std::string_view line) {
  write(level::error, line);
}

} // namespace kv::log
