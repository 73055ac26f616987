#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// What is done with data directories that no process uses.

namespace kv::durable {

/// What a data directory holds.
struct directory_report {
  uint64_t buckets = 0;
  uint64_t fields = 0;  ///< Of buckets, without those that have expired.
  uint64_t strings = 0; ///< The same.
  uint64_t last_event = 0;
  std::vector<std::string> damage; ///< A line each: file, reason, and between
                                   ///< which records.
  std::vector<std::string> torn;   ///< Files whose last record is not whole:
                                   ///< the end of a process does that.
};

/// Is called with the number of rows that are done, now and then; false ends
/// what is being done, with a `durable_failure`.
using row_progress = std::function<bool(uint64_t rows)>;

/// Reads all that is in a directory and looks at every checksum; changes
/// nothing in it.
/// Complexity: O(rows); in TMPDIR it takes as much room as the log, some MiB.
/// Errors: throws `durable_failure` for what is no data directory, what another
/// process has, what a newer version has written, or what cannot be read.
directory_report verify(const std::string& dir, const row_progress& go_on);

/// Makes a data directory of another one, after `verify`.
/// @param to Is made, or is empty.
/// Complexity: O(rows). Errors: throws `durable_failure` as `verify`; if `from`
/// is damaged; if `to` is not empty. Then `to` is empty, or is not made.
directory_report restore(const std::string& from, const std::string& to,
                         const row_progress& go_on);

} // namespace kv::durable
