#pragma once

#include "actors/ets/hash_array.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/slot_array.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
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
/// shown. They are read twice: what is still there has been there all the
/// while, for while somebody may remember a word it comes back only to a place
/// that its key has not left. If all are, they were there at one moment, and no
/// two of them have the same key. Entries are fetched if they have `Lines`
/// cache lines, not if 0.
class bucket_copy {
public:
  /// Reads the bucket at `at.from`; returns the positions it stands for, of
  /// which those outside `at` are not asked for.
  template <std::size_t Lines>
  hash_position read(hash_array* array, const hash_position& at) {
    for (;; array = array->next()) {
      const auto i = array->index_of(static_cast<std::uint32_t>(at.from));
      const auto bucket = array->bucket(i);
      if ((bucket.state() & hash_bucket::moved) != 0)
        continue;
      schedule_point();
      read(bucket);
      fetch<Lines>();
      return {array->begin_of(i), array->begin_of(i + 1)};
    }
  }

  void read(const slot_array& small) {
    read_all(small);
  }

  std::size_t size() const noexcept {
    return count_;
  }

  slot_word operator[](std::size_t i) const noexcept {
    return i < few_.size() ? few_[i] : more_[i - few_.size()];
  }

  /// Whether every word points to an entry, no two of them to entries of the
  /// same key, and all are in `few`: mostly so.
  bool is_plain() const noexcept {
    return plain_;
  }

  std::span<const slot_word> few() const noexcept {
    return {few_.data(), count_};
  }

private:
  /// Without a branch for each slot.
  void read(const hash_bucket& bucket) {
    std::array<slot_word, hash_bucket::width> before; // NOLINT: filled below
#pragma GCC unroll 14
    for (unsigned i = 0; i < hash_bucket::width; ++i) {
      before[i] = bucket.word(i);
      schedule_point();
    }
    if ((before.back() & overflow_bit) != 0)
      return read_all(bucket);
    slot_word bits = 0;
    slot_word changed = 0;
    std::size_t count = 0;
#pragma GCC unroll 14
    for (unsigned i = 0; i < hash_bucket::width; ++i) {
      const auto word = bucket.word(i);
      few_[count] = word;
      count += word != empty_slot ? 1 : 0;
      bits |= word;
      changed |= word ^ before[i];
      schedule_point();
    }
    if ((bits & overflow_bit) != 0) [[unlikely]] // only now
      return read_all(bucket);
    count_ = count;
    plain_ = changed == 0 && (bits & pending_bit) == 0;
  }

  template <class Words>
  void read_all(const Words& from) {
    count_ = 0;
    more_.clear();
    slot_word bits = 0;
    from.for_each_word([&](slot_word word) {
      add(word);
      bits |= word;
      schedule_point();
    });
    std::size_t same = 0;
    std::size_t i = 0;
    from.for_each_word([&](slot_word word) {
      same += i < count_ && (*this)[i] == word ? 1 : 0;
      ++i;
    });
    plain_ = same == count_ && i == count_ && (bits & pending_bit) == 0
             && more_.empty();
  }

  void add(slot_word word) {
    if (count_ < few_.size())
      few_[count_] = word;
    else
      more_.push_back(word);
    ++count_;
  }

  template <std::size_t Lines>
  void fetch() const noexcept {
    if constexpr (Lines > 0)
      for (std::size_t i = 0; i < std::min(count_, few_.size()); ++i) {
        const auto* entry = pointer_of<const char>(few_[i]);
        read_ahead_many(entry);
        if constexpr (Lines > 1)
          read_ahead_many(entry + 48);
      }
  }

  std::array<slot_word, 24> few_;
  std::vector<slot_word> more_;
  std::size_t count_ = 0;
  bool plain_ = false;
};

} // namespace kv::ets::detail
