#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leveldb {

class WriteBatch;

} // namespace leveldb

namespace kv::durable {

/// Rows on their way into the engine, of each key only the last. They go there
/// in the order of their keys: the engine looks for the place of each, and in
/// that order most of the way is in the caches.
///
/// Thread safety: one thread at a time.
class row_batch {
public:
  /// Adds a row: its key, and then its value. Complexity: O(bytes), amortized.
  void put(std::string_view key, std::string_view value);

  void erase(std::string_view key);

  /// Appends all to `to`, and forgets them, but for the memory.
  /// Complexity: O(n log n).
  void move_to(leveldb::WriteBatch& to);

private:
  struct row {
    size_t key_at;
    uint32_t key_size;
    uint32_t value_size;
    bool erased;
  };

  void add(std::string_view key, std::string_view value, bool erased);

  std::string_view key_of(const row& x) const noexcept {
    return std::string_view{bytes_}.substr(x.key_at, x.key_size);
  }

  std::string bytes_;
  std::vector<row> rows_;
};

} // namespace kv::durable
