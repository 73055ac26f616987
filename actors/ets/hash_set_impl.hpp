#pragma once

#include "actors/ets/hash_set.hpp"

namespace kv::ets::detail {

inline void retire_node(link* old, retired_list& retired) {
  retired.retire(old, retired_kind::node);
}

template <class Row, class KeyFn, class Final>
bool hash_set<Row, KeyFn, Final>::insert(Row&& row, bool replace) {
  bool stored = false;
  bool due = false;
  node_ptr fresh;
  {
    epoch_guard pin;
    this->check_open();
    const auto hash = this->hash_of(this->key_fn_(row));
    this->prefetch_bucket(hash); // on its way while the node is made
    fresh = std::make_unique<node>(std::move(row));
    fresh->word = hash;
    auto decide = [&](link* old) -> entry_change {
      stored = old == nullptr || replace;
      if (!stored)
        return {};
      return change(old, fresh.get());
    };
    auto settle = [&stored](link* old, retired_list& retired) {
      if (stored)
        retire_node(old, retired);
    };
    auto&& own_key = this->key_fn_(fresh->row);
    const key_view key = own_key;
    due = this->edit(hash, this->match(key), decide, settle);
    if (stored)
      static_cast<void>(fresh.release());
  }
  if (due)
    this->sweep();
  return stored;
}

template <class Row, class KeyFn, class Final>
std::size_t hash_set<Row, KeyFn, Final>::erase(key_view key) {
  const auto hash = this->hash_of(key);
  bool found = false;
  auto decide = [&found](link* old) -> entry_change {
    found = old != nullptr;
    if (!found)
      return {};
    return change(old, nullptr);
  };
  if (this->edit(hash, this->match(key), decide, retire_node))
    this->sweep();
  return found ? 1 : 0;
}

template <class Row, class KeyFn, class Final>
bool hash_set<Row, KeyFn, Final>::swap_if_same(std::uint64_t hash,
                                               const link* seen, node_ptr fresh,
                                               bool& due) {
  bool found = false;
  auto decide = [&](link* old) -> entry_change {
    found = old != nullptr;
    if (!found)
      return {};
    return change(old, fresh.get());
  };
  due |= this->edit(hash, this->match_same(seen), decide, retire_node);
  if (found)
    static_cast<void>(fresh.release());
  return found;
}

template <class Row, class KeyFn, class Final>
template <class Pred>
std::size_t hash_set<Row, KeyFn, Final>::erase_if(key_view key, Pred& pred) {
  const auto hash = this->hash_of(key);
  bool due = false;
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = this->find(hash, this->match(key));
    if (seen == nullptr || !std::invoke(pred, this->row_of(*seen)))
      return 0;
    done = swap_if_same(hash, seen, nullptr, due);
  }
  if (due)
    this->sweep();
  return 1;
}

template <class Row, class KeyFn, class Final>
auto hash_set<Row, KeyFn, Final>::take(key_view key) -> lookup_result {
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
bool hash_set<Row, KeyFn, Final>::update(key_view key, F& f) {
  const auto hash = this->hash_of(key);
  bool due = false;
  for (bool done = false; !done;) {
    epoch_guard pin;
    const auto* seen = this->find(hash, this->match(key));
    if (seen == nullptr)
      return false;
    std::optional<Row> changed = std::invoke(f, this->row_of(*seen));
    if (!changed)
      return true;
    auto fresh = make_node(std::move(*changed));
    if (!traits::equal(this->key_fn_(fresh->row), key))
      throw error(errc::badarg, "update changes the key");
    done = swap_if_same(hash, seen, std::move(fresh), due);
  }
  if (due)
    this->sweep();
  return true;
}

template <class Row, class KeyFn, class Final>
template <class Make, class F>
bool hash_set<Row, KeyFn, Final>::upsert(key_view key, Make& make, F& f) {
  while (!update(key, f)) {
    Row row = std::invoke(make);
    if (!traits::equal(this->key_fn_(row), key))
      throw error(errc::badarg, "upsert makes another key");
    if (insert(std::move(row), false))
      return false;
  }
  return true;
}

/// The rows of an insertion of many; of one key the last.
template <class Row, class KeyFn, class Final>
struct hash_set<Row, KeyFn, Final>::row_list {
  static constexpr auto bytes_of = hash_set::bytes_of;

  std::size_t size() const noexcept {
    return nodes.size();
  }

  std::uint64_t hash(std::size_t i) const noexcept {
    return nodes[i]->word;
  }

  bool matches(std::size_t i, const link& entry) const {
    return table->have_same_key(entry, *nodes[i]);
  }

  entry_change decide(std::size_t i, const link* old) const noexcept {
    return change(old, nodes[i].get());
  }

  static void settle(std::size_t, link* old, retired_list& retired) {
    retire_node(old, retired);
  }

  /// What is in the table belongs to it.
  void release() noexcept {
    for (auto& x : nodes)
      static_cast<void>(x.release());
  }

  const hash_set* table;
  std::vector<node_ptr> nodes;
};

template <class Row, class KeyFn, class Final>
auto hash_set<Row, KeyFn, Final>::list_rows(std::vector<Row>&& rows) const
  -> row_list {
  this->check_open();
  std::vector<node_ptr> all;
  all.reserve(rows.size());
  for (auto& row : rows)
    all.push_back(make_node(std::move(row)));
  row_list last{this, {}};
  last.nodes.reserve(all.size());
  this->for_each_key(all, [&last](auto, auto end) {
    last.nodes.push_back(std::move(*std::prev(end)));
  });
  return last;
}

template <class Row, class KeyFn, class Final>
bool hash_set<Row, KeyFn, Final>::insert_many(std::vector<Row>&& rows,
                                              bool replace) {
  auto list = list_rows(std::move(rows));
  const bool stored = this->edit_many(list, replace);
  if (stored)
    list.release();
  return stored;
}

template <class Row, class KeyFn, class Final>
void hash_set<Row, KeyFn, Final>::assign(std::vector<Row>&& rows) {
  auto list = list_rows(std::move(rows));
  this->assign_rows(list);
  list.release();
  this->sweep();
}

template <class Row, class KeyFn, class Final>
void hash_set<Row, KeyFn, Final>::release(
  retired_list::batch garbage) noexcept {
  for (auto ref : garbage)
    while (ref != 0) {
      auto* what = link_of(ref);
      const auto kind = kind_of(std::exchange(ref, what->word));
      auto destroy = [](link& x) { delete static_cast<node*>(&x); };
      if (kind == retired_kind::node)
        destroy(*what);
      else
        base::release_array(what, kind, destroy);
    }
}

template <class Row, class KeyFn, class Final>
table_info hash_set<Row, KeyFn, Final>::info() const {
  auto result = this->base_info();
  std::lock_guard guard{this->lock_};
  result.size = this->row_count();
  result.bytes += sizeof(*this) + row_bytes();
  auto add_node = [&result](const link& x) {
    ++result.retired;
    result.bytes += sizeof(node) + heap_bytes_in(x);
  };
  result.bytes += this->measure([&](link* what, retired_kind kind) {
    if (kind == retired_kind::node)
      add_node(*what);
    else
      base::for_each_retired_entry(what, kind, add_node);
  });
  return result;
}

} // namespace kv::ets::detail
