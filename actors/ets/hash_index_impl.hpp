#pragma once

#include "actors/ets/hash_index.hpp"

namespace kv::ets::detail {

template <class Match, class Decide, class Settle>
bool hash_index::edit_large(hash_array* array, std::uint64_t hash, Match& match,
                            Decide& decide, Settle& settle) {
  using kind = entry_change::kind;
  auto& top = *array;
  auto& shared = top.shared();
  entry_change change;
  {
    held_bucket held;
    if (!lock_bucket(array, hash, held))
      return false;
    check_open();
    const auto place = held.bucket.find(hash, held.state, match);
    change = decide(place.entry);
    schedule_point();
    switch (change.what) {
      case kind::none:
        break;
      case kind::put:
        if (place.entry != nullptr)
          place.slot->store(pack_slot(hash, change.entry));
        else
          held.array->add(held.bucket, pack_slot(hash, change.entry),
                          hash_bucket::tag_of(hash), held.state);
        break;
      case kind::remove:
        held.bucket.remove(place, held.state);
    }
    if (place.entry != nullptr) {
      auto& stripe = shared.stripe_of(hash);
      std::lock_guard guard{stripe.lock};
      settle(place.entry, stripe.retired);
    }
    // Under the lock, so that a clear counts what it has frozen.
    if (change.rows != 0)
      shared.rows.fetch_add(static_cast<std::size_t>(change.rows));
    if (change.bytes != 0)
      shared.entry_bytes.fetch_add(static_cast<std::size_t>(change.bytes));
  }
  if (change.rows != 0)
    resize_if_due(top);
  return true;
}

template <class Match, class Decide, class Settle>
bool hash_index::edit_small(std::uint64_t hash, Match& match, Decide& decide,
                            Settle& settle) {
  using kind = entry_change::kind;
  std::lock_guard guard{lock_};
  check_open();
  const auto root = root_.load();
  if (is_large(root))
    return false;
  auto* small = pointer_of<small_array>(root);
  const auto hit = small == nullptr ? small_array::hit{}
                                    : small->find(hash, match);
  const entry_change change = decide(hit.entry);
  switch (change.what) {
    case kind::none:
      break;
    case kind::put:
      if (hit.entry != nullptr) {
        small->replace(hit.index, change.entry);
        break;
      }
      if (!has_small_room()) {
        make_small_room(change.bytes_of);
        if (is_large(root_.load()))
          return false; // and decides again there
        small = pointer_of<small_array>(root_.load());
      }
      small->add(change.entry);
      break;
    case kind::remove:
      small->remove(hit.index);
  }
  if (hit.entry != nullptr)
    settle(hit.entry, static_cast<retired_list&>(*this));
  const auto rows = size_.load(std::memory_order_relaxed)
                    + static_cast<std::uint32_t>(change.rows);
  size_.store(rows, std::memory_order_release);
  if (change.what == kind::remove && rows == 0) {
    set_root(nullptr, 0);
    retire(small, retired_kind::array);
  }
  return true;
}

template <class F>
void hash_index::release_array(link* what, retired_kind kind, F f) noexcept {
  for_each_retired_entry(what, kind, f);
  switch (kind) {
    case retired_kind::array:
    case retired_kind::array_with_rows:
      return small_array::destroy(static_cast<small_array*>(what));
    case retired_kind::hash_array:
      return hash_array::destroy(static_cast<hash_array*>(what));
    case retired_kind::hash_table:
    case retired_kind::hash_table_with_rows:
      break;
    case retired_kind::block:
      return retired_block::destroy(static_cast<retired_block*>(what));
    case retired_kind::node:
      return; // not for here
  }
  auto* array = static_cast<hash_array*>(what);
  delete &array->shared();
  if (auto* next = array->next())
    hash_array::destroy(next);
  hash_array::destroy(array);
}

template <class F>
std::size_t hash_index::measure(F f) const {
  std::size_t bytes = 0;
  auto add_large = [&bytes](hash_array& array) {
    bytes += sizeof(hash_shared) + array.bytes();
    if (const auto* next = array.next())
      bytes += next->bytes();
  };
  auto add = [&](link* what, retired_kind kind) {
    switch (kind) {
      case retired_kind::node:
        break;
      case retired_kind::array:
      case retired_kind::array_with_rows:
        bytes += static_cast<small_array*>(what)->bytes();
        break;
      case retired_kind::hash_array:
        bytes += static_cast<hash_array*>(what)->bytes();
        break;
      case retired_kind::hash_table:
      case retired_kind::hash_table_with_rows:
        add_large(*static_cast<hash_array*>(what));
        break;
      case retired_kind::block:
        bytes += static_cast<retired_block*>(what)->bytes;
    }
    f(what, kind);
  };
  for_each_retired(add);
  const auto root = root_.load();
  if (!is_large(root)) {
    if (const auto* small = pointer_of<small_array>(root))
      bytes += small->bytes();
    return bytes;
  }
  add_large(*large(root));
  for (auto& stripe : large(root)->shared().stripes) {
    std::lock_guard guard{stripe.lock};
    stripe.retired.for_each_retired(add);
  }
  return bytes;
}

} // namespace kv::ets::detail
