#pragma once

#include "actors/ets/hash_array.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/slot_array.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kv::ets::detail {

/// Where a scan of a hash engine goes on: it has shown the keys whose positions
/// are before `from`, and ends at `to`. That holds for arrays of every size.
class hash_position {
public:
  static constexpr std::uint64_t end = 1ULL << 32;

  hash_position() noexcept = default;

  hash_position(std::uint64_t from_position, std::uint64_t to_position) noexcept
    : from(from_position), to(to_position) {
    // nop
  }

  /// From the keys on whose hash is `place`.
  static hash_position from_place(std::uint64_t place) noexcept {
    return {hash_array::position_of(place), end};
  }

  /// The i-th of n equal parts.
  static hash_position part(std::size_t i, std::size_t n) noexcept {
    return i < n ? hash_position{end * i / n, end * (i + 1) / n}
                 : hash_position{end, end};
  }

  bool covers(std::uint64_t hash) const noexcept {
    const auto position = hash_array::position_of(hash);
    return from <= position && position < to;
  }

  std::uint64_t from = 0;
  std::uint64_t to = end;
};

/// The words of one bucket, or of a small table, read before any of its rows is
/// shown. Entries are fetched if they have `Lines` cache lines, not if 0.
class bucket_copy {
public:
  /// Reads the bucket at `at.from`; returns the positions it stands for, of
  /// which those outside `at` are not asked for.
  template <std::size_t Lines>
  hash_position read(hash_array* array, const hash_position& at) {
    clear();
    for (;; array = array->next()) {
      const auto i = array->index_of(static_cast<std::uint32_t>(at.from));
      const auto bucket = array->bucket(i);
      if ((bucket.state() & hash_bucket::moved) != 0)
        continue;
      schedule_point();
      read(bucket);
      look_over<Lines>();
      return {array->begin_of(i), array->begin_of(i + 1)};
    }
  }

  void read(const slot_array& small) {
    clear();
    small.for_each_word([this](slot_word word) { add(word); });
    look_over<0>();
  }

  std::size_t size() const noexcept {
    return count_;
  }

  slot_word operator[](std::size_t i) const noexcept {
    return i < few_.size() ? few_[i] : more_[i - few_.size()];
  }

  /// Whether every word points to an entry, and no two of them to entries of
  /// the same key: mostly so.
  bool is_plain() const noexcept {
    return plain_;
  }

private:
  void clear() noexcept {
    count_ = 0;
    more_.clear();
  }

  /// Without a branch for each slot.
  void read(const hash_bucket& bucket) {
    slot_word bits = 0;
    std::size_t count = 0;
#pragma GCC unroll 14
    for (unsigned i = 0; i < hash_bucket::width; ++i) {
      const auto word = bucket.word(i);
      few_[count] = word;
      count += word != empty_slot ? 1 : 0;
      bits |= word;
    }
    count_ = count;
    if ((bits & overflow_bit) == 0) [[likely]]
      return;
    clear();
    bucket.for_each_word([this](slot_word word) { add(word); });
  }

  void add(slot_word word) {
    if (count_ < few_.size())
      few_[count_] = word;
    else
      more_.push_back(word);
    ++count_;
  }

  /// Fetches the entries; finds out whether the words are plain.
  template <std::size_t Lines>
  void look_over() noexcept {
    std::array<std::uint64_t, 8> seen{}; // a bit for 9 bits of the hashes
    slot_word bits = 0;
    std::uint64_t repeated = 0;
    const auto count = std::min(count_, few_.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto word = few_[i];
      const auto* entry = pointer_of<const char>(word);
      if constexpr (Lines > 0)
        read_ahead_many(entry);
      if constexpr (Lines > 1)
        read_ahead_many(entry + 48);
      auto& part = seen[word >> 61];
      const auto bit = std::uint64_t{1} << (word >> 55 & 63);
      repeated |= part & bit;
      part |= bit;
      bits |= word;
    }
    plain_ = repeated == 0 && (bits & pending_bit) == 0 && more_.empty();
  }

  std::array<slot_word, 24> few_;
  std::vector<slot_word> more_;
  std::size_t count_ = 0;
  bool plain_ = false;
};

} // namespace kv::ets::detail
