#pragma once

#include "actors/ets/tree.hpp"

// Changes that depend on the row of a key.

namespace kv::ets::detail {

template <class Row, class KeyFn, class Final>
std::size_t tree<Row, KeyFn, Final>::erase(const key_view& key) {
  {
    std::lock_guard guard{lock_};
    check_open();
    auto where = find_path(key);
    if (!where.hit.found)
      return 0;
    remove(where);
  }
  sweep();
  return 1;
}

template <class Row, class KeyFn, class Final>
template <class Pred>
std::size_t tree<Row, KeyFn, Final>::erase_if(const key_view& key, Pred& pred) {
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = find_open(key);
    if (seen == nullptr || !std::invoke(pred, seen->row))
      return 0;
    done = swap_if_same(key, seen, nullptr);
  }
  sweep();
  return 1;
}

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::take(const key_view& key) -> lookup_result {
  lookup_result result;
  auto copy = [&result](const Row& row) {
    result.emplace(row);
    return true;
  };
  if (erase_if(key, copy) == 0)
    result.reset();
  return result;
}

template <class Row, class KeyFn, class Final>
template <class F>
bool tree<Row, KeyFn, Final>::update(const key_view& key, F& f) {
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = find_open(key);
    if (seen == nullptr)
      return false;
    std::optional<Row> changed = std::invoke(f, seen->row);
    if (!changed)
      return true;
    auto fresh = std::make_unique<node>(std::move(*changed), keys::key_fn);
    if (std::is_neq(order::compare(keys::key_fn(fresh->row), key)))
      throw error(errc::badarg, "update changes the key");
    done = swap_if_same(key, seen, std::move(fresh));
  }
  sweep();
  return true;
}

template <class Row, class KeyFn, class Final>
template <class Make, class F>
bool tree<Row, KeyFn, Final>::upsert(const key_view& key, Make& make, F& f) {
  while (!update(key, f)) {
    Row row = std::invoke(make);
    if (std::is_neq(order::compare(keys::key_fn(row), key)))
      throw error(errc::badarg, "upsert makes another key");
    if (insert(std::move(row), false))
      return false;
  }
  return true;
}

// Replaces (erases, if `fresh` is null) the node `seen` if it is still there.
// The caller's pin keeps its address from being used again.
template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::swap_if_same(const key_view& key,
                                           const node* seen, node_ptr fresh) {
  std::lock_guard guard{lock_};
  check_open();
  auto where = find_path(key);
  if (!where.hit.found)
    return false;
  auto& slot = where.leaf->slots()[where.hit.index];
  auto* now = slot.load(std::memory_order_relaxed);
  if (now != seen)
    return false;
  if (fresh == nullptr) {
    remove(where);
  } else {
    heap_.add(heap_of(fresh.get()), heap_of(now));
    slot.store(fresh.release());
    retire_part(now, tree_part::row);
  }
  return true;
}

} // namespace kv::ets::detail
