#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <leveldb/db.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv::durable {

/// What the numbers in rows mean.
struct row_owners {
  uint64_t strings = 0;
  boost::unordered_flat_map<uint64_t, std::string> buckets; ///< By number.
};

/// Returns what the numbers in a database mean, as far as it is sound.
row_owners owners_in(leveldb::DB& db);

/// Returns text in double quotes, what cannot be printed as `\x0a`.
std::string quoted(std::string_view text);

/// Returns what a row is called, as in `field "milk" of bucket "shopping"`.
std::string name_of_row(std::string_view key, const row_owners& owners);

/// Returns whether a row has the form that `level_rows.hpp` describes.
bool is_well_formed(std::string_view key, std::string_view value);

/// Reads a file of rows from one end to the other, and adds a line for each
/// part that a checksum does not confirm: file, reason, and between which rows
/// it is. Complexity: O(rows).
void find_damage(const std::string& file, const row_owners& owners,
                 std::vector<std::string>& lines);

} // namespace kv::durable
