#pragma once

#include "actors/ets/hash_set.hpp"

namespace kv::ets::detail {

template <class Row, class KeyFn, class Final>
struct hash_set<Row, KeyFn, Final>::retire_row {
  static constexpr bool needs_no_lock = true;

  static void prepare(retired_list& retired) {
    retired.reserve_node();
  }

  void operator()(table_entry* old, retired_list& retired) const noexcept {
    retired.retire_node(old);
  }
};

template <class Row, class KeyFn, class Final>
bool hash_set<Row, KeyFn, Final>::insert(Row&& row, bool replace) {
  bool stored = false;
  bool due = false;
  node_ptr fresh;
  {
    epoch_guard pin;
    this->check_open();
    const auto hash = this->hash_of(this->key_fn_(row));
    if (this->is_worth_fetching())
      this->prefetch_bucket(hash); // on its way while the node is made
    fresh = make_node(std::move(row));
    auto decide = [&](table_entry* old) -> entry_change {
      stored = old == nullptr || replace;
      if (!stored)
        return {};
      return change(old, fresh.get());
    };
    auto&& own_key = this->key_fn_(fresh->row);
    const key_view key = own_key;
    due = this->edit(hash, this->match(key), decide, retire_row{}, functions);
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
  auto decide = [&found](table_entry* old) -> entry_change {
    found = old != nullptr;
    if (!found)
      return {};
    return change(old, nullptr);
  };
  // Locked first: what an erase waits for most is what it removes.
  if (this->template edit<false>(hash, this->match(key), decide, retire_row{},
                                 functions))
    this->sweep();
  return found ? 1 : 0;
}

template <class Row, class KeyFn, class Final>
bool hash_set<Row, KeyFn, Final>::swap_if_same(std::uint64_t hash,
                                               const table_entry* seen,
                                               node_ptr fresh, bool& due) {
  bool found = false;
  auto decide = [&](table_entry* old) -> entry_change {
    found = old != nullptr;
    if (!found)
      return {};
    return change(old, fresh.get());
  };
  due |= this->edit(hash, this->match_same(seen), decide, retire_row{},
                    functions);
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
    if (seen == nullptr || !std::invoke(pred, this->first_row(*seen)))
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
    std::optional<Row> changed = std::invoke(f, this->first_row(*seen));
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
  static constexpr auto functions = hash_set::functions;

  std::size_t size() const noexcept {
    return nodes.size();
  }

  std::uint64_t hash(std::size_t i) const noexcept {
    return nodes[i].hash;
  }

  bool matches(std::size_t i, const table_entry& entry) const {
    return table->have_same_key(entry, *nodes[i].node);
  }

  entry_change decide(std::size_t i, const table_entry* old) const noexcept {
    return change(old, nodes[i].node.get());
  }

  void prepare(std::size_t replacements) {
    if (replacements != 0)
      replaced.reset(retired_page::make(replacements));
  }

  void settle(std::size_t, table_entry* old, retired_list&) noexcept {
    replaced->add(old);
  }

  void finish(retired_list& retired) noexcept {
    if (replaced != nullptr)
      retired.retire(replaced.release(), retired_kind::page);
  }

  /// What is in the table belongs to it.
  void release() noexcept {
    for (auto& x : nodes)
      static_cast<void>(x.node.release());
  }

  struct destroy_block {
    void operator()(retired_page* x) const noexcept {
      retired_block::destroy(x);
    }
  };

  const hash_set* table;
  std::vector<hashed_node> nodes;
  std::unique_ptr<retired_page, destroy_block> replaced{};
};

template <class Row, class KeyFn, class Final>
auto hash_set<Row, KeyFn, Final>::list_rows(std::vector<Row>&& rows) const
  -> row_list {
  this->check_open();
  std::vector<hashed_node> all;
  all.reserve(rows.size());
  for (auto& row : rows) {
    auto made = make_node(std::move(row));
    const auto hash = made->hash(this->key_fn_, this->seed());
    all.push_back({hash, std::move(made)});
  }
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

// The rows have been cold since they were retired: fetches them, and what their
// ends will touch, before any of them ends.
template <class Row, class KeyFn, class Final>
void hash_set<Row, KeyFn, Final>::release_page(retired_page& page) noexcept {
  const std::span nodes{page.nodes(), page.count};
  for (const auto* x : nodes)
    read_ahead_many(x);
  if constexpr (std::is_empty_v<
                  KeyFn> && std::is_default_constructible_v<KeyFn>)
    for (const auto* x : nodes)
      node_of(*x).prefetch_end(KeyFn{});
  for (auto* x : nodes)
    delete &node_of(*x);
}

template <class Row, class KeyFn, class Final>
void hash_set<Row, KeyFn, Final>::release(
  retired_list::batch garbage) noexcept {
  auto destroy = [](table_entry& x) { delete &node_of(x); };
  for (auto ref : garbage)
    while (ref != 0) {
      const auto kind = kind_of(ref);
      if (kind == retired_kind::last_node) {
        destroy(*entry_of_ref(ref));
        break;
      }
      if (kind == retired_kind::page)
        release_page(*page_of(ref));
      auto* what = link_of(ref);
      ref = what->word;
      base::release_array(what, kind, release, destroy);
    }
}

template <class Row, class KeyFn, class Final>
table_info hash_set<Row, KeyFn, Final>::info() const {
  auto result = this->base_info();
  std::lock_guard guard{this->lock_};
  result.size = this->row_count();
  result.bytes += sizeof(*this) + row_bytes();
  auto add_node = [&result](const table_entry& x) {
    ++result.retired;
    result.bytes += sizeof(node) + heap_bytes_in(x);
  };
  result.bytes += this->measure([&](table_entry* what, retired_kind kind) {
    if (kind == retired_kind::last_node)
      add_node(*what);
    else
      base::for_each_retired_entry(what, kind, add_node);
  });
  return result;
}

} // namespace kv::ets::detail
