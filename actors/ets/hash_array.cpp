#include "actors/ets/hash_array.hpp"

#include "actors/ets/pages.hpp"
#include "actors/ets/read_ahead.hpp"
#include "actors/ets/spin_wait.hpp"

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
    bucket(i).for_each_word(
      [](slot_word word) { read_ahead(pointer_of<const table_entry>(word)); });
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

bool hash_array::copy_entries(hash_array& to,
                              std::uint32_t from_count) noexcept {
  bool done = true;
  auto copy = [&](slot_word word) {
    if (!done)
      return;
    const auto hash = shared_->hash_of(*pointer_of<const table_entry>(word));
    const auto target = to.at(hash);
    auto state = target.state();
    try {
      to.add(target, word & ~frozen_bit, hash_bucket::tag_of(hash), state);
    } catch (const std::bad_alloc&) {
      done = false;
    }
    target.unlock(state);
  };
  for (std::uint32_t i = moved_; i < moved_ + from_count; ++i)
    bucket(i).for_each_word(copy);
  return done;
}

} // namespace kv::ets::detail
