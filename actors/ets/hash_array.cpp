#include "actors/ets/hash_array.hpp"

#include "actors/ets/pages.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/spin_wait.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <new>
#include <numeric>

namespace kv::ets::detail {

namespace {

/// Sizes are 2^k and 3 * 2^k: the next is at most half as large again.
std::uint32_t next_size(std::uint32_t size) noexcept {
  const auto power = std::bit_floor(size);
  return size == power && size > 1 ? size + size / 2 : 2 * power;
}

} // namespace

hash_array::hash_array(std::uint32_t buckets, hash_shared* shared) noexcept
  : size_(buckets),
    near_(reinterpret_cast<near_slots*>(reinterpret_cast<std::byte*>(heads())
                                        + head_bytes(buckets))),
    far_(static_cast<std::ptrdiff_t>(std::size_t{buckets} * 8)),
    shared_(shared) {
  // nop
}

void hash_array::construct_until(std::uint32_t end) noexcept {
  const std::size_t count = end - made_;
  std::uninitialized_value_construct_n(heads() + made_, count);
  std::uninitialized_value_construct_n(near_ + made_, count);
  std::uninitialized_value_construct_n(far() + made_, count);
  made_ = end;
}

hash_array* hash_array::make(std::uint32_t buckets, hash_shared* shared,
                             bool used) {
  auto* result = ::new (allocate_array(bytes_for(buckets)))
    hash_array(buckets, shared);
  if (used)
    result->construct_until(buckets);
  return result;
}

void hash_array::destroy(hash_array* array) noexcept {
  for (std::uint32_t i = 0; i < array->made_; ++i)
    array->bucket(i).free_chain();
  const auto bytes = bytes_for(array->size_);
  std::destroy_at(array);
  free_array(array, bytes);
}

std::uint32_t hash_array::buckets_for(std::size_t rows) noexcept {
  std::uint32_t result = 1;
  while (rows > result * (rows_to_grow - 1) && result < 1U << 30)
    result = next_size(result);
  return result;
}

std::uint32_t hash_array::size_after() const noexcept {
  return next_size(size_);
}

void hash_array::lock(const hash_bucket& bucket) noexcept {
  for (spin_wait wait;; wait()) {
    const auto state = bucket.state();
    if ((state & hash_bucket::locked) == 0 && bucket.try_lock(state))
      return;
  }
}

void hash_array::begin_move(std::uint32_t buckets) {
  next_.store(make(buckets, shared_, false), std::memory_order_release);
}

bool hash_array::move_some(std::size_t groups) noexcept {
  auto& to = *next_.load();
  const auto count = std::gcd(size_, to.size_);
  for (; groups != 0 && moved_ != size_; --groups)
    if (!move_group(to, size_ / count, to.size_ / count))
      return false;
  return moved_ == size_;
}

bool hash_array::move_group(hash_array& to, std::uint32_t from_count,
                            std::uint32_t to_count) noexcept {
  to.construct_until(moved_to_ + to_count);
  for (std::uint32_t i = moved_; i < moved_ + from_count; ++i) {
    lock(bucket(i));
    bucket(i).freeze();
    bucket(i).for_each_slot(
      [](hash_bucket::slot_type&, slot_word word, unsigned slot) {
        if (slot == hash_bucket::width) // it takes the key to tell
          read_ahead(pointer_of<const table_entry>(word));
      });
  }
  schedule_point();
  const bool done = copy_entries(to, from_count);
  if (!done)
    for (auto i = moved_to_; i < to.made_; ++i)
      to.chunks_ -= to.bucket(i).free_chain();
  const auto bits = done ? hash_bucket::moved : 0;
  for (std::uint32_t i = moved_; i < moved_ + from_count; ++i) {
    if (!done)
      bucket(i).thaw();
    schedule_point();
    bucket(i).unlock(bucket(i).state() | bits);
  }
  if (done) {
    moved_ += from_count;
    moved_to_ += to_count;
  } else {
    to.made_ = moved_to_;
  }
  return done;
}

// The positions that the slot of an entry in bucket `index` leaves open; it
// keeps the lower bits of a position, but for the lowest.
hash_array::position_range
hash_array::positions_of(std::uint32_t index, slot_word word) const noexcept {
  constexpr std::uint64_t step = 1ULL << (first_hash_bit - 32);
  constexpr std::uint64_t period = step << 16;
  const auto begin = begin_of(index);
  const auto end = begin_of(index + 1);
  const auto first = begin / period * period + (word >> 48) * step;
  return {std::max(first, begin), std::min(first + step, end) - 1};
}

// Where an entry goes, told by its slot if that can be, otherwise by its key.
hash_array::target hash_array::target_in(const hash_array& to,
                                         std::uint32_t index, slot_word word,
                                         std::uint8_t tag) const noexcept {
  if (size_ % buckets_to_tell == 0 && tag != 0) {
    const auto [first, last] = positions_of(index, word);
    const auto result = to.index_of(static_cast<std::uint32_t>(first));
    if (result == to.index_of(static_cast<std::uint32_t>(last)))
      return {result, tag};
  }
  const auto hash = shared_->hash_of(*pointer_of<const table_entry>(word));
  return {to.index_of(position_of(hash)), hash_bucket::tag_of(hash)};
}

bool hash_array::copy_entries(hash_array& to,
                              std::uint32_t from_count) noexcept {
  bool done = true;
  auto copy = [&](std::uint32_t from, slot_word word, std::uint8_t tag) {
    if (!done)
      return;
    const auto target = target_in(to, from, word, tag);
    try {
      to.fill(target.index, word & ~frozen_bit, target.tag);
    } catch (const std::bad_alloc&) {
      done = false;
    }
  };
  for (std::uint32_t i = moved_; i < moved_ + from_count; ++i)
    bucket(i).for_each_slot(
      [&](hash_bucket::slot_type&, slot_word word, unsigned slot) {
        copy(i, word, bucket(i).tag(slot));
      });
  return done;
}

} // namespace kv::ets::detail
