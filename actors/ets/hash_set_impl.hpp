#pragma once

#include "actors/ets/hash_set.hpp"

namespace kv::ets::detail {

template <class Row, class KeyFn>
bool hash_set<Row, KeyFn>::insert(Row&& row, bool replace) {
  check_open();
  auto fresh = make_node(std::move(row));
  bool stored = false;
  {
    std::lock_guard guard{lock_};
    check_open();
    stored = put(fresh, replace);
  }
  sweep();
  return stored;
}

template <class Row, class KeyFn>
bool hash_set<Row, KeyFn>::insert_many(std::vector<Row>&& rows, bool replace) {
  check_open();
  std::vector<node_ptr> fresh;
  fresh.reserve(rows.size());
  for (auto& row : rows)
    fresh.push_back(make_node(std::move(row)));
  {
    std::lock_guard guard{lock_};
    check_open();
    const auto* array = slots_.load(std::memory_order_relaxed);
    if (!replace && array != nullptr)
      for (const auto& x : fresh)
        if (array->find(x->word, match(key_fn_(x->row))).node != nullptr)
          return false;
    for (auto& x : fresh)
      put(x, true);
  }
  sweep();
  return true;
}

// Stores `fresh` and takes it, unless its key is present and shall stay.
template <class Row, class KeyFn>
bool hash_set<Row, KeyFn>::put(node_ptr& fresh, bool replace) {
  const auto hash = fresh->word;
  if (auto* array = slots_.load(std::memory_order_relaxed)) {
    const auto hit = array->find(hash, match(key_fn_(fresh->row)));
    if (hit.node != nullptr) {
      if (!replace)
        return false;
      array->replace(hit.index, fresh.release());
      retire(hit.node, retired_kind::node);
      return true;
    }
  }
  grow_if_full();
  slots_.load(std::memory_order_relaxed)->add(fresh.release());
  size_.fetch_add(1, std::memory_order_release);
  return true;
}

template <class Row, class KeyFn>
std::size_t hash_set<Row, KeyFn>::erase(key_view key) {
  const auto hash = traits::hash(key);
  {
    std::lock_guard guard{lock_};
    check_open();
    auto* array = slots_.load(std::memory_order_relaxed);
    if (array == nullptr)
      return 0;
    const auto hit = array->find(hash, match(key));
    if (hit.node == nullptr)
      return 0;
    unlink(*array, hit);
  }
  sweep();
  return 1;
}

template <class Row, class KeyFn>
template <class Pred>
std::size_t hash_set<Row, KeyFn>::erase_if(key_view key, Pred& pred) {
  const auto hash = traits::hash(key);
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = find_open(hash, key);
    if (seen == nullptr || !std::invoke(pred, seen->row))
      return 0;
    done = swap_if_same(hash, seen, nullptr);
  }
  sweep();
  return 1;
}

template <class Row, class KeyFn>
auto hash_set<Row, KeyFn>::take(key_view key) -> lookup_result {
  lookup_result result;
  auto copy = [&result](const Row& row) {
    result.emplace(row);
    return true;
  };
  if (erase_if(key, copy) == 0)
    result.reset();
  return result;
}

template <class Row, class KeyFn>
template <class F>
bool hash_set<Row, KeyFn>::update(key_view key, F& f) {
  const auto hash = traits::hash(key);
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = find_open(hash, key);
    if (seen == nullptr)
      return false;
    std::optional<Row> changed = std::invoke(f, seen->row);
    if (!changed)
      return true;
    auto fresh = make_node(std::move(*changed));
    if (!traits::equal(key_fn_(fresh->row), key))
      throw error(errc::badarg, "update changes the key");
    done = swap_if_same(hash, seen, std::move(fresh));
  }
  sweep();
  return true;
}

template <class Row, class KeyFn>
template <class Make, class F>
bool hash_set<Row, KeyFn>::upsert(key_view key, Make& make, F& f) {
  while (!update(key, f)) {
    Row row = std::invoke(make);
    if (!traits::equal(key_fn_(row), key))
      throw error(errc::badarg, "upsert makes another key");
    if (insert(std::move(row), false))
      return false;
  }
  return true;
}

// Replaces (erases, if `fresh` is null) the node `seen` if it is still there.
// The caller's pin keeps its address from being used again.
template <class Row, class KeyFn>
bool hash_set<Row, KeyFn>::swap_if_same(std::uint64_t hash, const node* seen,
                                        node_ptr fresh) {
  std::lock_guard guard{lock_};
  check_open();
  auto* array = slots_.load(std::memory_order_relaxed);
  const auto is_seen = [seen](const link& x) { return &x == seen; };
  const auto hit = array == nullptr ? slot_array::hit{}
                                    : array->find(hash, is_seen);
  if (hit.node == nullptr)
    return false;
  if (fresh == nullptr) {
    unlink(*array, hit);
  } else {
    array->replace(hit.index, fresh.release());
    retire(hit.node, retired_kind::node);
  }
  return true;
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::clear() {
  {
    std::lock_guard guard{lock_};
    check_open();
    auto* array = slots_.load(std::memory_order_relaxed);
    if (array == nullptr)
      return;
    slots_.store(nullptr);
    size_.store(0, std::memory_order_release);
    retire(array, retired_kind::array_with_rows);
  }
  sweep();
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::unlink(slot_array& array,
                                  slot_array::hit hit) noexcept {
  array.remove(hit.index);
  retire(hit.node, retired_kind::node);
  const auto rows = size_.fetch_sub(1, std::memory_order_release) - 1;
  if (array.capacity() > 2 * slot_array::min_capacity
      && rows < array.capacity() / 8) {
    try {
      resize(rows + 1);
    } catch (const std::bad_alloc&) {
      // The large array serves as well.
    }
  }
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::grow_if_full() {
  const std::size_t rows = size_.load(std::memory_order_relaxed);
  const auto* array = slots_.load(std::memory_order_relaxed);
  if (array == nullptr || array->full())
    resize(rows + 1);
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::resize(std::size_t rows) {
  auto* old = slots_.load(std::memory_order_relaxed);
  if (old == nullptr) {
    slots_.store(slot_array::make(slot_array::min_capacity));
    return;
  }
  slots_.store(old->rebuilt(rows));
  retire(old, retired_kind::array);
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::sweep() noexcept {
  if (!due(size_.load(std::memory_order_relaxed)))
    return;
  if (!is_pinned())
    return collect_now();
  sweep_later([](core_base* core) noexcept {
    const core_ptr self{static_cast<hash_set*>(core)};
    self.get()->sweep_started();
    self.get()->collect_now();
  });
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::collect_now() noexcept {
  batch garbage;
  {
    std::lock_guard guard{lock_};
    garbage = collect();
  }
  release(garbage);
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::release_all() noexcept {
  batch garbage;
  {
    std::lock_guard guard{lock_};
    size_.store(0, std::memory_order_relaxed);
    if (auto* array = slots_.exchange(nullptr))
      retire(array, retired_kind::array_with_rows);
    garbage = collect_all();
  }
  release(garbage);
}

template <class Row, class KeyFn>
void hash_set<Row, KeyFn>::release(batch garbage) noexcept {
  for (auto ref : garbage) {
    while (ref != 0) {
      auto* what = link_of(ref);
      const auto kind = kind_of(std::exchange(ref, what->word));
      if (kind == retired_kind::node) {
        delete static_cast<node*>(what);
        continue;
      }
      auto* array = static_cast<slot_array*>(what);
      if (kind == retired_kind::array_with_rows)
        array->for_each([](link& x) { delete static_cast<node*>(&x); });
      slot_array::destroy(array);
    }
  }
}

template <class Row, class KeyFn>
table_info hash_set<Row, KeyFn>::info() const {
  auto result = base_info();
  std::lock_guard guard{lock_};
  result.size = size_.load(std::memory_order_relaxed);
  result.bytes += sizeof(*this) + result.size * sizeof(node);
  if (const auto* array = slots_.load(std::memory_order_relaxed))
    result.bytes += array->bytes();
  for_each_retired([&result](link* what, retired_kind kind) {
    auto add_node = [&result](const link&) {
      ++result.retired;
      result.bytes += sizeof(node);
    };
    if (kind == retired_kind::node)
      return add_node(*what);
    const auto* array = static_cast<const slot_array*>(what);
    result.bytes += array->bytes();
    if (kind == retired_kind::array_with_rows)
      array->for_each(add_node);
  });
  return result;
}

} // namespace kv::ets::detail
