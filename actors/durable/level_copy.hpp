#pragma once

#include "actors/durable/level_store.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace kv::durable {

/// Makes a data directory of what a database holds. `dir` must be empty, or is
/// made. The copy is there as a whole or not at all, and on the disk on return.
/// @param go_on Is asked with the number of rows behind it, now and then; false
///              ends the copy.
/// Complexity: O(rows). Errors: throws `durable_failure`; then the directory is
/// empty again, unless it cannot be emptied.
void write_copy(leveldb::DB& from, const leveldb::ReadOptions& how,
                const std::string& dir,
                const std::function<bool(uint64_t)>& go_on);

/// Has the entries of a directory on the disk.
/// Errors: throws `durable_failure`.
void sync_directory(const std::string& dir);

/// Refuses a directory that exists and is not empty, or cannot be read.
/// Errors: throws `durable_failure`.
void check_is_free(const std::string& dir);

} // namespace kv::durable
