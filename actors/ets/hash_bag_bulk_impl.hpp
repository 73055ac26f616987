#pragma once

#include "actors/ets/hash_bag.hpp"

// What concerns many rows at once, and the end of rows.

namespace kv::ets::detail {

/// The rows of an insertion of many, by key.
template <class Row, class KeyFn, bool Unique, class Final>
struct hash_bag_engine<Row, KeyFn, Unique, Final>::row_list {
  static constexpr auto functions = hash_bag_engine::functions;

  struct key_rows {
    std::uint64_t hash = 0;
    std::vector<node_ptr> nodes{};
    group_ptr made{};
    std::uint32_t before = 0; ///< Rows in `made` that were there.
  };

  std::size_t size() const noexcept {
    return keys.size();
  }

  std::uint64_t hash(std::size_t i) const noexcept {
    return keys[i].hash;
  }

  bool matches(std::size_t i, const table_entry& entry) const {
    return traits::equal(table->key_fn_(first_row(entry)),
                         table->key_fn_(keys[i].nodes[0]->row));
  }

  entry_change decide(std::size_t i, const table_entry* entry) {
    auto& [hash_of_rows, nodes, made, before] = keys[i];
    const auto* old = entry == nullptr ? nullptr : &group_of(*entry);
    const auto more = static_cast<std::uint32_t>(nodes.size());
    made = old != nullptr ? copy_group(*old, more)
                          : group_ptr{group::make(hash_of_rows, more)};
    before = made->count();
    for (const auto& x : nodes)
      if (!has_equal(*made, x->row))
        made->append(x.get());
    const std::ptrdiff_t rows = made->count() - before;
    if (rows == 0) {
      made.reset();
      return {};
    }
    return {entry_change::kind::put, made.get(), rows,
            hash_bag_engine::bytes_of(made.get())
              - hash_bag_engine::bytes_of(old)};
  }

  void settle(std::size_t i, table_entry* old, retired_list& retired) const {
    if (keys[i].made != nullptr)
      retired.retire(&group_of(*old), retired_kind::block);
  }

  static void prepare(std::size_t) noexcept {
    // nop: groups are links
  }

  static void finish(retired_list&) noexcept {
    // nop
  }

  /// What is in the table belongs to it.
  void release() noexcept {
    for (auto& [hash_of_rows, nodes, made, next] : keys) {
      if (made == nullptr)
        continue;
      for (auto& x : nodes)
        if (next < made->count() && made->at(next) == x.get()) {
          static_cast<void>(x.release());
          ++next;
        }
      static_cast<void>(made.release());
    }
  }

  const hash_bag_engine* table;
  std::vector<key_rows> keys;
};

template <class Row, class KeyFn, bool Unique, class Final>
auto hash_bag_engine<Row, KeyFn, Unique, Final>::list_rows(
  std::vector<Row>&& rows) const -> row_list {
  this->check_open();
  std::vector<hashed_node> all;
  all.reserve(rows.size());
  for (auto& row : rows)
    all.push_back(make_node(std::move(row)));
  row_list list{this, {}};
  this->for_each_key(all, [&list](auto first, auto last) {
    auto& key = list.keys.emplace_back();
    key.hash = first->hash;
    for (; first != last; ++first)
      key.nodes.push_back(std::move(first->node));
  });
  return list;
}

template <class Row, class KeyFn, bool Unique, class Final>
bool hash_bag_engine<Row, KeyFn, Unique, Final>::insert_many(
  std::vector<Row>&& rows, bool replace) {
  auto list = list_rows(std::move(rows));
  epoch_guard pin; // what the groups hold stays there for release
  const bool stored = this->edit_many(list, replace);
  if (stored)
    list.release();
  return stored;
}

template <class Row, class KeyFn, bool Unique, class Final>
void hash_bag_engine<Row, KeyFn, Unique, Final>::assign(
  std::vector<Row>&& rows) {
  auto list = list_rows(std::move(rows));
  {
    epoch_guard pin; // as above
    this->assign_rows(list);
    list.release();
  }
  this->sweep();
}

template <class Row, class KeyFn, bool Unique, class Final>
void hash_bag_engine<Row, KeyFn, Unique, Final>::release(
  retired_list::batch garbage) noexcept {
  auto destroy = [](table_entry& entry) {
    auto& rows = group_of(entry);
    for (std::uint32_t i = 0; i < rows.count(); ++i)
      delete rows.at(i);
    group::destroy(&rows);
  };
  for (auto ref : garbage)
    while (ref != 0) {
      auto* what = link_of(ref);
      const auto kind = kind_of(std::exchange(ref, what->word));
      if (kind == retired_kind::node) {
        delete static_cast<node*>(what);
      } else {
        base::release_array(what, kind, release, destroy);
      }
    }
}

template <class Row, class KeyFn, bool Unique, class Final>
table_info hash_bag_engine<Row, KeyFn, Unique, Final>::info() const {
  auto result = this->base_info();
  std::lock_guard guard{this->lock_};
  result.size = this->row_count();
  result.bytes += sizeof(*this) + row_bytes();
  result.bytes += this->measure([&](table_entry* what, retired_kind kind) {
    if (kind == retired_kind::node) {
      ++result.retired;
      result.bytes += sizeof(node)
                      + heap_bytes_of(static_cast<const node*>(what)->row);
      return;
    }
    base::for_each_retired_entry(what, kind, [&](const table_entry& entry) {
      const auto count = group_of(entry).count();
      result.retired += count;
      result.bytes += bytes_in(entry) + count * sizeof(node);
    });
  });
  return result;
}

} // namespace kv::ets::detail
