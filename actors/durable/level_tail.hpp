#pragma once

#include <cstdint>
#include <string>

namespace kv::durable {

/// Returns where the records of a file of LevelDB's log end: behind them there
/// may be zeros, see `zeros_ahead`. A record that the end of the process has
/// torn ends where it was torn, if that was not within zeros of its own.
///
/// Complexity: O(zeros). Errors: the file's size for what cannot be read.
uint64_t end_of_records(const std::string& file);

/// Returns whether whole records stand behind one that seems torn, at the end
/// of a file of LevelDB's log. LevelDB takes a record that is longer than what
/// is left of the file for the last one, which the end of the process has torn,
/// and says nothing. If others follow, its length is damaged instead.
///
/// Complexity: O(1), up to 32 KiB are read. Errors: false for what cannot be
/// read.
bool has_records_behind_tear(const std::string& file);

/// Returns whether the last record of such a file is not whole: the end of the
/// process has torn it, or its length is damaged; nobody can tell which.
/// Complexity: as above.
bool has_torn_record(const std::string& file);

} // namespace kv::durable
