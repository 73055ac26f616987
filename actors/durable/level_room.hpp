#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace kv::durable {

/// Refuses what would leave too little room on the disk. What an engine merges
/// in the background needs room before it gives any back: on a disk that is
/// full to the last byte it cannot even tidy up, and a write that fails half
/// way costs a fresh start.
///
/// Thread safety: one thread at a time.
class level_room {
public:
  /// What is left alone: as much as the largest merge of what has been written
  /// last takes, and of a small disk a quarter.
  static constexpr uint64_t reserve = uint64_t{32} << 20;

  /// @param dir Need not exist yet.
  explicit level_room(std::string dir) : dir_(std::move(dir)) {
    // nop
  }

  /// Bytes are about to be written. Looks now and then: others may fill the
  /// disk in between.
  /// Complexity: O(1). Errors: throws `durable_failure`.
  void take(size_t bytes);

  /// Looks now. Errors: as above.
  void check();

  /// Returns how many bytes could be written at the last look.
  uint64_t spare() const noexcept {
    return spare_;
  }

private:
  std::string dir_;
  size_t taken_ = 0; ///< Since the last look.
  uint64_t spare_ = UINT64_MAX;
  std::chrono::steady_clock::time_point next_{};
};

} // namespace kv::durable
