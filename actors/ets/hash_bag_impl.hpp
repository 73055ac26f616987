#pragma once

#include "actors/ets/hash_bag.hpp"

// How bags change, and what becomes of a row or a key in them.

namespace kv::ets::detail {

template <class Row, class KeyFn, bool Unique, class Final>
struct hash_bag_engine<Row, KeyFn, Unique, Final>::group_deleter {
  void operator()(group* x) const noexcept {
    group::destroy(x);
  }
};

template <class Row, class KeyFn, bool Unique, class Final>
auto hash_bag_engine<Row, KeyFn, Unique, Final>::copy_group(const group& rows,
                                                            std::uint32_t more)
  -> group_ptr {
  const auto count = rows.count();
  group_ptr result{group::make(rows.word, count + more)};
  for (std::uint32_t i = 0; i < count; ++i)
    result->append(rows.at(i));
  return result;
}

template <class Row, class KeyFn, bool Unique, class Final>
bool hash_bag_engine<Row, KeyFn, Unique, Final>::has_equal(const group& rows,
                                                           const Row& row) {
  if constexpr (Unique)
    for (std::uint32_t i = 0; i < rows.count(); ++i)
      if (rows.at(i)->row == row)
        return true;
  return false;
}

template <class Row, class KeyFn, bool Unique, class Final>
bool hash_bag_engine<Row, KeyFn, Unique, Final>::insert(Row&& row,
                                                        bool replace) {
  this->check_open();
  auto hashed = make_node(std::move(row));
  const auto hash = hashed.hash;
  auto& fresh = hashed.node;
  bool stored = false;
  bool grown = false;
  group_ptr made;
  auto put = [&](const group* old) -> entry_change {
    return {entry_change::kind::put, made.get(), 1,
            bytes_of(made.get()) - bytes_of(old)};
  };
  auto decide = [&](table_entry* entry) -> entry_change {
    stored = true;
    if (entry == nullptr) {
      if (made == nullptr) {
        made.reset(group::make(hash, 1));
        made->append(fresh.get());
      }
      return put(nullptr);
    }
    auto& rows = group_of(*entry);
    stored = replace && !has_equal(rows, fresh->row);
    if (!stored)
      return {};
    grown = rows.full();
    if (!grown) {
      made.reset();
      rows.append(fresh.get());
      return {entry_change::kind::none, nullptr, 1,
              static_cast<std::ptrdiff_t>(heap_bytes_of(fresh->row))};
    }
    made = copy_group(rows, rows.count());
    made->append(fresh.get());
    return put(&rows);
  };
  auto settle = [&grown](table_entry* old, retired_list& retired) {
    if (grown)
      retired.retire(&group_of(*old), retired_kind::block);
  };
  auto&& own_key = this->key_fn_(fresh->row);
  const key_view key = own_key;
  const bool due = this->edit(hash, this->match(key), decide, settle,
                              functions);
  if (stored)
    static_cast<void>(fresh.release());
  if (stored)
    static_cast<void>(made.release());
  if (due)
    this->sweep();
  return stored;
}

template <class Row, class KeyFn, bool Unique, class Final>
std::size_t hash_bag_engine<Row, KeyFn, Unique, Final>::erase(key_view key) {
  const auto hash = this->hash_of(key);
  std::size_t count = 0;
  auto decide = [&count](table_entry* entry) -> entry_change {
    count = entry == nullptr ? 0 : group_of(*entry).count();
    if (count == 0)
      return {};
    return {entry_change::kind::remove, nullptr,
            -static_cast<std::ptrdiff_t>(count), -bytes_of(&group_of(*entry))};
  };
  auto settle = [](table_entry* old, retired_list& retired) {
    auto& rows = group_of(*old);
    for (std::uint32_t i = 0; i < rows.count(); ++i)
      retired.retire(rows.at(i), retired_kind::node);
    retired.retire(&group_of(*old), retired_kind::block);
  };
  if (this->edit(hash, this->match(key), decide, settle, functions))
    this->sweep();
  return count;
}

template <class Row, class KeyFn, bool Unique, class Final>
bool hash_bag_engine<Row, KeyFn, Unique, Final>::erase_seen(
  std::uint64_t hash, group& seen, const std::vector<bool>& marked, bool& due) {
  const auto count = static_cast<std::uint32_t>(marked.size());
  bool same = false;
  group_ptr made;
  const auto left = static_cast<std::uint32_t>(
    std::count(marked.begin(), marked.end(), false));
  auto decide = [&](table_entry* entry) -> entry_change {
    same = entry != nullptr && group_of(*entry).count() == count;
    if (!same)
      return {};
    const auto rows = std::ptrdiff_t{left} - std::ptrdiff_t{count};
    if (left == 0)
      return {entry_change::kind::remove, nullptr, rows, -bytes_of(&seen)};
    made.reset(group::make(hash, left));
    for (std::uint32_t i = 0; i < count; ++i)
      if (!marked[i])
        made->append(seen.at(i));
    return {entry_change::kind::put, made.get(), rows,
            bytes_of(made.get()) - bytes_of(&seen)};
  };
  auto settle = [&](table_entry* old, retired_list& retired) {
    if (!same)
      return;
    for (std::uint32_t i = 0; i < count; ++i)
      if (marked[i])
        retired.retire(seen.at(i), retired_kind::node);
    retired.retire(&group_of(*old), retired_kind::block);
  };
  due |= this->edit(hash, this->match_same(&seen), decide, settle, functions);
  if (same)
    static_cast<void>(made.release());
  return same;
}

template <class Row, class KeyFn, bool Unique, class Final>
template <class Pred>
std::size_t
hash_bag_engine<Row, KeyFn, Unique, Final>::erase_if(key_view key, Pred& pred) {
  const auto hash = this->hash_of(key);
  bool due = false;
  std::vector<bool> marked;
  for (bool done = false; !done;) {
    epoch_guard pin;
    auto* seen = this->find(hash, this->match(key));
    if (seen == nullptr)
      return 0;
    auto& rows = group_of(*seen);
    const auto count = rows.count();
    marked.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      marked.push_back(std::invoke(pred, std::as_const(rows.at(i)->row)));
    if (std::find(marked.begin(), marked.end(), true) == marked.end())
      return 0;
    done = erase_seen(hash, rows, marked, due);
  }
  if (due)
    this->sweep();
  return static_cast<std::size_t>(
    std::count(marked.begin(), marked.end(), true));
}

template <class Row, class KeyFn, bool Unique, class Final>
bool hash_bag_engine<Row, KeyFn, Unique, Final>::replace_seen(
  std::uint64_t hash, group& seen, std::vector<node_ptr>& fresh, bool& due) {
  const auto count = static_cast<std::uint32_t>(fresh.size());
  bool same = false;
  group_ptr made;
  auto decide = [&](table_entry* entry) -> entry_change {
    same = entry != nullptr && group_of(*entry).count() == count;
    if (!same)
      return {};
    made.reset(group::make(hash, count));
    for (std::uint32_t i = 0; i < count; ++i)
      made->append(fresh[i] != nullptr ? fresh[i].get() : seen.at(i));
    return {entry_change::kind::put, made.get(), 0,
            bytes_of(made.get()) - bytes_of(&seen)};
  };
  auto settle = [&](table_entry* old, retired_list& retired) {
    if (!same)
      return;
    for (std::uint32_t i = 0; i < count; ++i)
      if (fresh[i] != nullptr)
        retired.retire(seen.at(i), retired_kind::node);
    retired.retire(&group_of(*old), retired_kind::block);
  };
  due |= this->edit(hash, this->match_same(&seen), decide, settle, functions);
  if (same) {
    static_cast<void>(made.release());
    for (auto& x : fresh)
      static_cast<void>(x.release());
  }
  return same;
}

template <class Row, class KeyFn, bool Unique, class Final>
template <class F>
std::size_t hash_bag_engine<Row, KeyFn, Unique, Final>::update_each(
  key_view key, F& f) requires(!Unique) {
  const auto hash = this->hash_of(key);
  bool due = false;
  std::size_t replaced = 0;
  for (bool done = false; !done;) {
    epoch_guard pin;
    auto* seen = this->find(hash, this->match(key));
    if (seen == nullptr)
      return 0;
    auto& rows = group_of(*seen);
    std::vector<node_ptr> fresh(rows.count());
    replaced = 0;
    for (std::uint32_t i = 0; i < fresh.size(); ++i) {
      std::optional<Row> changed = std::invoke(f,
                                               std::as_const(rows.at(i)->row));
      if (!changed)
        continue;
      fresh[i] = make_node(std::move(*changed)).node;
      if (!traits::equal(this->key_fn_(fresh[i]->row), key))
        throw error(errc::badarg, "update changes the key");
      ++replaced;
    }
    done = replaced == 0 || replace_seen(hash, rows, fresh, due);
  }
  if (due)
    this->sweep();
  return replaced;
}

template <class Row, class KeyFn, bool Unique, class Final>
auto hash_bag_engine<Row, KeyFn, Unique, Final>::take(key_view key)
  -> lookup_result {
  const auto hash = this->hash_of(key);
  bool due = false;
  lookup_result result;
  for (bool done = false; !done;) {
    epoch_guard pin;
    result.clear();
    auto* seen = this->find(hash, this->match(key));
    if (seen == nullptr)
      return result;
    auto copy = [&result](const Row& x) { result.push_back(x); };
    const std::vector<bool> all(show(*seen, copy), true);
    done = erase_seen(hash, group_of(*seen), all, due);
  }
  if (due)
    this->sweep();
  return result;
}

} // namespace kv::ets::detail
