#pragma once

#include <leveldb/status.h>

#include <string>

namespace kv::durable {

/// Looks at the index of a file of rows, and at the last bytes, which say where
/// it is. No checksum covers these, and LevelDB believes them: it would ask for
/// any amount of memory, and take a place beyond the file for an error of the
/// disk. When it is to read what is left of damaged data it does not look at
/// the checksum of the index, either, and ends the process by an assertion.
///
/// Returns `Corruption` if either is damaged. Complexity: O(index). Errors:
/// success for what cannot be read.
leveldb::Status check_index(const std::string& file);

} // namespace kv::durable
