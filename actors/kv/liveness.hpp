#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kv {

/// Whether a bucket lives: a flag that the bucket and the entry with its name
/// share. The flags of all buckets lie side by side, a bit each, apart from the
/// buckets themselves: a lookup among a million of them finds the flag in a
/// cache, where it would wait for the bucket's own memory.
///
/// A value with a count of its copies, like `std::shared_ptr`; by default it
/// belongs to nobody and says nothing.
/// Complexity: O(1). Thread safety: one value as an int, the flag from any
/// thread. Errors: none but where it says so.
class liveness {
public:
  liveness() noexcept = default;

  /// Returns the flag of something that lives; one that says nothing if there
  /// are 2^28 already. Errors: std::bad_alloc.
  static liveness start();

  liveness(const liveness& other) noexcept : index_(other.index_) {
    if (index_ != 0)
      owners().fetch_add(1, std::memory_order_relaxed);
  }

  liveness(liveness&& other) noexcept : index_(std::exchange(other.index_, 0)) {
    // nop
  }

  liveness& operator=(liveness other) noexcept {
    std::swap(index_, other.index_);
    return *this;
  }

  ~liveness() {
    if (index_ != 0 && owners().fetch_sub(1, std::memory_order_acq_rel) == 1)
      give_back(index_);
  }

  /// Returns whether it says anything.
  explicit operator bool() const noexcept {
    return index_ != 0;
  }

  /// Returns whether `end` has been called; false if it says nothing.
  bool has_ended() const noexcept {
    return index_ != 0 && (word().load(std::memory_order_acquire) & bit()) != 0;
  }

  /// Says so to all who have a copy.
  void end() const noexcept {
    if (index_ != 0)
      word().fetch_or(bit(), std::memory_order_release);
  }

private:
  friend class liveness_pool;

  static constexpr size_t chunk_size = size_t{1} << 16;
  static constexpr size_t max_chunks = size_t{1} << 12;
  static constexpr size_t word_bits = 64;

  /// Made when it is needed, and kept.
  struct chunk {
    std::array<std::atomic<uint64_t>, chunk_size / word_bits> ended{};
    std::array<std::atomic<uint32_t>, chunk_size> owners{};
  };

  explicit liveness(uint32_t index) noexcept : index_(index) {
    // nop
  }

  static chunk& chunk_of(uint32_t index) noexcept {
    return *chunks[index / chunk_size].load(std::memory_order_acquire);
  }

  std::atomic<uint32_t>& owners() const noexcept {
    return chunk_of(index_).owners[index_ % chunk_size];
  }

  std::atomic<uint64_t>& word() const noexcept {
    return chunk_of(index_).ended[index_ % chunk_size / word_bits];
  }

  uint64_t bit() const noexcept {
    return uint64_t{1} << index_ % word_bits;
  }

  static void give_back(uint32_t index) noexcept;

  static constinit std::array<std::atomic<chunk*>, max_chunks> chunks;

  uint32_t index_ = 0; ///< 0 is nobody's.
};

} // namespace kv
