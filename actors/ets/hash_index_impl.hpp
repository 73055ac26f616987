#pragma once

#include "actors/ets/hash_index.hpp"

// How a place of a table that is not small changes.

namespace kv::ets::detail {

template <bool Ahead, class Match, class Decide, class Settle>
bool hash_index::edit(std::uint64_t hash, Match match, Decide decide,
                      Settle settle, const entry_functions& of) {
  epoch_guard pin;
  for (;;) {
    check_open();
    const auto root = root_.load();
    const bool done = is_large(root)
                        ? edit_large<Ahead>(large(root), hash, match, decide,
                                            settle)
                        : edit_small(hash, match, decide, settle, of);
    if (done)
      return is_due();
  }
}

/// Looks for a key before its bucket is locked: a processor begins nothing
/// beyond a locked instruction until that is done. What a moved bucket points
/// to may be gone.
template <bool Ahead, class Match>
[[gnu::always_inline]] inline hash_index::early_place
hash_index::find_ahead(hash_array* array, std::uint64_t hash, Match& match) {
  if constexpr (!Ahead) {
    array->at(hash).prefetch_home(hash);
    return {};
  }
  for (;; array = array->next()) {
    const auto bucket = array->at(hash);
    bucket.prefetch_home(hash);
    const auto state = bucket.state();
    if ((state & hash_bucket::moved) == 0)
      return {bucket.id(), bucket.find(hash, state, match)};
  }
}

/// The place of a key in a locked bucket. An entry that is where it was has
/// been there throughout: nobody puts one twice.
template <class Match>
slot_place hash_index::find_again(const held_bucket& held,
                                  const early_place& seen, std::uint64_t hash,
                                  Match& match) {
  const auto* entry = seen.place.entry;
  const bool there = entry != nullptr && held.bucket.id() == seen.bucket
                     && seen.place.slot->load(std::memory_order_relaxed)
                          == pack_slot(hash, entry);
  return there ? seen.place : held.bucket.find(hash, held.state, match);
}

template <class Settle>
void hash_index::prepare(Settle& settle, retired_list& retired) {
  if constexpr (requires { settle.prepare(retired); })
    settle.prepare(retired);
}

/// Exchanges an entry for another one where it is, without the lock of its
/// bucket, or finds that there is nothing to do; returns false if that cannot
/// be done so.
template <class Decide, class Settle>
[[gnu::always_inline]] inline bool
hash_index::replace_alone(hash_shared& shared, std::uint64_t hash,
                          slot_place place, Decide& decide, Settle& settle) {
  using kind = entry_change::kind;
  const entry_change change = decide(place.entry);
  if (change.what != kind::put)
    return change.what == kind::none;
  {
    auto& stripe = shared.own_stripe();
    std::lock_guard guard{stripe.lock};
    prepare(settle, stripe.retired);
    schedule_point();
    if (!hash_bucket::swap(place, pack_slot(hash, place.entry),
                           pack_slot(hash, change.entry)))
      return false;
    settle(place.entry, stripe.retired);
  }
  if (change.bytes != 0)
    shared.entry_bytes.fetch_add(static_cast<std::size_t>(change.bytes));
  return true;
}

/// Changes a key in a locked bucket.
template <class Decide, class Settle>
[[gnu::always_inline]] inline hash_index::outcome
hash_index::change_place(held_bucket& held, std::uint64_t hash,
                         slot_place place, Decide& decide, Settle& settle) {
  using kind = entry_change::kind;
  const entry_change change = decide(place.entry);
  schedule_point();
  auto& shared = held.array->shared();
  const auto fresh = pack_slot(hash, change.entry);
  if (change.what != kind::none && place.entry != nullptr) {
    auto& stripe = shared.own_stripe();
    std::lock_guard guard{stripe.lock};
    prepare(settle, stripe.retired);
    const auto old = pack_slot(hash, place.entry);
    if (change.what == kind::put ? !hash_bucket::swap(place, old, fresh)
                                 : !held.bucket.remove(place, old, held.state))
      return outcome::replaced_meanwhile;
    settle(place.entry, stripe.retired);
  } else if (change.what == kind::put) {
    held.array->add(held.bucket, fresh, hash_bucket::tag_of(hash), held.state);
  }
  // Under the lock, so that a clear counts what it has frozen.
  if (change.bytes != 0)
    shared.entry_bytes.fetch_add(static_cast<std::size_t>(change.bytes));
  if (change.rows == 0)
    return outcome::same_rows;
  shared.rows.fetch_add(static_cast<std::size_t>(change.rows));
  return outcome::other_rows;
}

template <bool Ahead, class Match, class Decide, class Settle>
bool hash_index::edit_large(hash_array* array, std::uint64_t hash, Match& match,
                            Decide& decide, Settle& settle) {
  auto& top = *array;
  auto& shared = top.shared();
  const early_place seen = find_ahead<Ahead>(array, hash, match);
  if constexpr (requires { Settle::needs_no_lock; })
    if (seen.place.entry != nullptr
        && replace_alone(shared, hash, seen.place, decide, settle))
      return true;
  schedule_point();
  auto result = outcome::replaced_meanwhile;
  {
    held_bucket held;
    if (!lock_bucket(array, hash, held))
      return false;
    check_open();
    if constexpr (Ahead)
      result = change_place(held, hash, find_again(held, seen, hash, match),
                            decide, settle);
    while (result == outcome::replaced_meanwhile)
      result = change_place(held, hash,
                            held.bucket.find(hash, held.state, match), decide,
                            settle);
  }
  if (result == outcome::other_rows)
    resize_if_due(top);
  return true;
}

template <class Match, class Decide, class Settle>
bool hash_index::edit_small(std::uint64_t hash, Match& match, Decide& decide,
                            Settle& settle, const entry_functions& of) {
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
  const bool replaces = change.what != kind::none && hit.entry != nullptr;
  if (replaces)
    prepare(settle, *this);
  switch (change.what) {
    case kind::none:
      break;
    case kind::put:
      if (hit.entry != nullptr) {
        small->replace(hit.index, hash, change.entry);
        break;
      }
      if (!has_small_room()) {
        make_small_room(of);
        if (is_large(root_.load()))
          return false; // and decides again there
        small = pointer_of<small_array>(root_.load());
      }
      small->add(hash, change.entry);
      break;
    case kind::remove:
      small->remove(hit.index);
  }
  if (replaces)
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
void hash_index::release_array(link* what, retired_kind kind,
                               release_fn release, F f) noexcept {
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
    case retired_kind::page:
      return retired_block::destroy(static_cast<retired_block*>(what));
    case retired_kind::node:
    case retired_kind::last_node:
      return; // not for here
  }
  auto* array = static_cast<hash_array*>(what);
  for (auto& stripe : array->shared().stripes)
    release(stripe.retired.collect_all());
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
  auto add = [&](auto& self, table_entry* what, retired_kind kind) -> void {
    switch (kind) {
      case retired_kind::node:
      case retired_kind::last_node:
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
        for (auto& x : static_cast<hash_array*>(what)->shared().stripes)
          x.retired.for_each_retired(
            [&](table_entry* y, retired_kind k) { self(self, y, k); });
        break;
      case retired_kind::block:
      case retired_kind::page:
        bytes += static_cast<retired_block*>(what)->bytes;
    }
    f(what, kind);
  };
  const auto add_retired = [&add](table_entry* what, retired_kind kind) {
    add(add, what, kind);
  };
  for_each_retired(add_retired);
  const auto root = root_.load();
  if (!is_large(root)) {
    if (const auto* small = pointer_of<small_array>(root))
      bytes += small->bytes();
    return bytes;
  }
  add_large(*large(root));
  for (auto& stripe : large(root)->shared().stripes) {
    std::lock_guard guard{stripe.lock};
    stripe.retired.for_each_retired(add_retired);
  }
  return bytes;
}

} // namespace kv::ets::detail
