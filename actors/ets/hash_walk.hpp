#pragma once

#include "actors/ets/hash_array.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/slot_array.hpp"

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
/// shown.
class bucket_copy {
public:
  /// Reads the bucket at `at.from` and fetches its entries; returns the
  /// positions it stands for, of which those outside `at` are not asked for.
  hash_position read(hash_array* array, const hash_position& at) {
    clear();
    for (;; array = array->next()) {
      const auto i = array->index_of(static_cast<std::uint32_t>(at.from));
      const auto bucket = array->bucket(i);
      if ((bucket.state() & hash_bucket::moved) != 0)
        continue;
      schedule_point();
      bucket.for_each_word([this](slot_word word) { add(word); });
      return {array->begin_of(i), array->begin_of(i + 1)};
    }
  }

  void read(const slot_array& small) {
    clear();
    small.for_each_word([this](slot_word word) { add(word); });
  }

  std::size_t size() const noexcept {
    return count_;
  }

  slot_word operator[](std::size_t i) const noexcept {
    return i < few_.size() ? few_[i] : more_[i - few_.size()];
  }

private:
  void clear() noexcept {
    count_ = 0;
    more_.clear();
  }

  void add(slot_word word) {
    const auto* entry = pointer_of<const char>(word);
    read_ahead(entry);
    read_ahead(entry + 48);
    if (count_ < few_.size())
      few_[count_] = word;
    else
      more_.push_back(word);
    ++count_;
  }

  std::array<slot_word, 24> few_;
  std::vector<slot_word> more_;
  std::size_t count_ = 0;
};

} // namespace kv::ets::detail
