#include "actors/ets/hash_index.hpp"

#include "actors/ets/spin_wait.hpp"

#include <memory>
#include <new>
#include <utility>

namespace kv::ets::detail {

namespace {

/// Buckets up to which an array moves in one step, and the groups of a step
/// beyond.
constexpr std::uint32_t buckets_in_one_step = 32;
constexpr std::size_t groups_in_a_step = 4;

} // namespace

bool hash_index::lock_bucket(hash_array* array, std::uint64_t hash,
                             held_bucket& held) noexcept {
  for (spin_wait wait;;) {
    const auto bucket = array->at(hash);
    const auto state = bucket.state();
    if ((state & hash_bucket::moved) != 0) {
      array = array->next();
    } else if ((state & hash_bucket::dead) != 0) {
      return false;
    } else if ((state & hash_bucket::locked) == 0 && bucket.try_lock(state)) {
      held.array = array;
      held.bucket = bucket;
      held.state = state;
      return true;
    } else {
      wait();
    }
  }
}

void hash_index::set_root(const void* to, std::uintptr_t bits) noexcept {
  root_.store(reinterpret_cast<std::uintptr_t>(to) | bits);
}

std::size_t hash_index::row_count() const noexcept {
  epoch_guard pin;
  const auto root = root_.load();
  if (is_large(root))
    return large(root)->shared().rows.load();
  return root == 0 ? 0 : size_.load(std::memory_order_acquire);
}

std::size_t hash_index::entry_bytes(const entry_functions& of) const noexcept {
  std::size_t result = 0;
  if (of.bytes == nullptr)
    return result;
  epoch_guard pin;
  const auto root = root_.load();
  if (is_large(root))
    return large(root)->shared().entry_bytes.load();
  if (const auto* small = pointer_of<small_array>(root))
    small->for_each([&](const table_entry& x) { result += of.bytes(x); });
  return result;
}

bool hash_index::has_small_room() const noexcept {
  const auto* small = pointer_of<small_array>(root_.load());
  return small != nullptr && !small->full();
}

// Makes room for one more entry in a small table, or makes it a large one.
void hash_index::make_small_room(const entry_functions& of) {
  auto* old = pointer_of<small_array>(root_.load());
  if (old == nullptr) {
    set_root(small_array::make(small_array::min_capacity), 0);
    return;
  }
  const auto entries = small_entries();
  if (small_array::capacity_for(entries + 1) > max_small_capacity)
    return make_large(entries + 1, of);
  set_root(old->rebuilt(entries + 1, hash_by(of)), 0);
  retire(old, retired_kind::array);
}

std::size_t hash_index::small_entries() const noexcept {
  std::size_t result = 0;
  if (const auto* small = pointer_of<small_array>(root_.load()))
    small->for_each([&result](table_entry&) { ++result; });
  return result;
}

slot_array* hash_index::copy_small(std::size_t more,
                                   const entry_functions& of) const {
  const auto* old = pointer_of<small_array>(root_.load());
  return old == nullptr ? small_array::make(small_array::capacity_for(more))
                        : old->rebuilt(small_entries() + more, hash_by(of));
}

void hash_index::commit_small(slot_array* fresh, std::ptrdiff_t rows) noexcept {
  set_root(fresh, 0);
  size_.store(size_.load(std::memory_order_relaxed)
                + static_cast<std::uint32_t>(rows),
              std::memory_order_release);
}

void hash_index::reserve(std::size_t more, const entry_functions& of) {
  if (!is_large(root_.load())) {
    const auto entries = small_entries() + more;
    if (small_array::capacity_for(entries) > max_small_capacity)
      make_large(entries, of);
    return;
  }
  auto* array = large(root_.load());
  const auto rows = array->shared().rows.load() + more;
  if (!array->too_small(rows))
    return;
  if (array->next() != nullptr)
    finish_move(*array);
  array = large(root_.load());
  if (!array->too_small(rows))
    return;
  array->begin_move(hash_array::buckets_for(rows));
  finish_move(*array);
}

void hash_index::finish_move(hash_array& array) {
  if (!array.move_some(array.size()))
    throw std::bad_alloc{};
  set_root(array.next(), large_bit);
  retire(&array, retired_kind::hash_array);
}

// Makes an array with these entries, for `room` of them at least, which nobody
// else can see.
hash_array* hash_index::make_array(const contents& of, std::size_t room,
                                   const entry_hash& hash_of) {
  auto shared = std::make_unique<hash_shared>(hash_of);
  auto* array = hash_array::make(hash_array::buckets_for(room), shared.get(),
                                 true);
  try {
    for (const auto& [hash, entry] : of.entries)
      array->fill(array->index_of(hash_array::position_of(hash)),
                  pack_slot(hash, entry), hash_bucket::tag_of(hash));
  } catch (...) {
    hash_array::destroy(array);
    throw;
  }
  shared->rows.store(of.rows);
  shared->entry_bytes.store(of.bytes);
  static_cast<void>(shared.release());
  return array;
}

void hash_index::make_large(std::size_t rows, const entry_functions& of) {
  const auto hash_of = hash_by(of);
  auto* old = pointer_of<small_array>(root_.load());
  contents all{.rows = size_.load(std::memory_order_relaxed)};
  if (old != nullptr)
    old->for_each([&](table_entry& x) {
      all.entries.push_back({hash_of(x), &x});
      all.bytes += of.bytes != nullptr ? of.bytes(x) : 0;
    });
  set_root(make_array(all, rows, hash_of), large_bit);
  if (old != nullptr)
    retire(old, retired_kind::array);
}

void hash_index::resize_if_due(hash_array& array) noexcept {
  const auto rows = array.shared().rows.load(std::memory_order_relaxed);
  const bool small = array.size() == 1 && rows <= rows_to_be_small;
  if (array.next() == nullptr && !array.too_small(rows)
      && !array.too_large(rows) && !small)
    return;
  if (!lock_.try_lock())
    return;
  std::lock_guard guard{lock_, std::adopt_lock};
  try {
    resize_step();
  } catch (const std::bad_alloc&) {
    // The old size serves as well.
  }
}

void hash_index::resize_step() {
  const auto root = root_.load();
  if (!is_large(root) || !is_open())
    return;
  auto& array = *large(root);
  if (array.next() == nullptr) {
    const auto rows = array.shared().rows.load();
    if (array.too_small(rows))
      array.begin_move(array.size_after());
    else if (array.too_large(rows))
      array.begin_move(array.size() / 2);
    else if (array.size() == 1 && rows <= rows_to_be_small)
      return make_small(array);
    else
      return;
  }
  if (array.move_some(array.size() <= buckets_in_one_step ? array.size()
                                                          : groups_in_a_step))
    finish_move(array);
}

// Locks and freezes all buckets of a table for ever; readers go on.
void hash_index::freeze(hash_array& array) noexcept {
  array.for_each_current([](const hash_bucket& x) {
    hash_array::lock(x);
    x.freeze();
    schedule_point();
  });
}

// Retires a frozen table, and with it what waits in its stripes. Its writers
// come back to the new root.
void hash_index::bury(hash_array& array, retired_kind kind) noexcept {
  array.for_each_current(
    [](const hash_bucket& x) { x.unlock(x.state() | hash_bucket::dead); });
  retire(&array, kind);
}

void hash_index::make_small(hash_array& array) {
  auto* small = small_array::make(small_array::capacity_for(rows_to_be_small));
  freeze(array);
  std::uint32_t entries = 0;
  array.for_each_current([&](const hash_bucket& x) {
    x.for_each_word([&](slot_word word) {
      if (++entries <= rows_to_be_small)
        small->add(array.shared().hash_of(*pointer_of<table_entry>(word)),
                   pointer_of<table_entry>(word));
    });
  });
  if (entries > rows_to_be_small) {
    small_array::destroy(small);
    array.for_each_current([](const hash_bucket& x) {
      x.thaw();
      x.unlock(x.state());
    });
    return;
  }
  size_.store(static_cast<std::uint32_t>(array.shared().rows.load()),
              std::memory_order_release);
  if (entries == 0)
    small_array::destroy(std::exchange(small, nullptr));
  set_root(small, 0);
  bury(array, retired_kind::hash_table);
}

// Makes a root for these entries, which nobody else can see.
std::uintptr_t hash_index::make_root(const contents& of,
                                     const entry_hash& hash_of) {
  if (of.entries.empty())
    return 0;
  const auto capacity = small_array::capacity_for(of.entries.size());
  if (capacity > max_small_capacity)
    return reinterpret_cast<std::uintptr_t>(
             make_array(of, of.entries.size(), hash_of))
           | large_bit;
  auto* small = small_array::make(capacity);
  for (const auto& [hash, entry] : of.entries)
    small->add(hash, entry);
  return reinterpret_cast<std::uintptr_t>(small);
}

void hash_index::replace_entries(const contents& now,
                                 const entry_functions& of) {
  std::lock_guard guard{lock_};
  check_open();
  const auto fresh = make_root(now, hash_by(of));
  const auto old = root_.load();
  if (is_large(old))
    freeze(*large(old));
  root_.store(fresh);
  size_.store(static_cast<std::uint32_t>(now.rows), std::memory_order_release);
  if (is_large(old))
    bury(*large(old), retired_kind::hash_table_with_rows);
  else if (auto* small = pointer_of<small_array>(old))
    retire(small, retired_kind::array_with_rows);
}

} // namespace kv::ets::detail
