#pragma once

#include "actors/ets/tree.hpp"

// How a row is found in a tree, and put there.

namespace kv::ets::detail {

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::find_path(const key_view& key) const -> path {
  path where;
  where.leaf = root();
  if (where.leaf == nullptr)
    return where;
  while (!where.leaf->is_leaf()) {
    const auto child = this->search(*where.leaf, key).child();
    where.steps[where.depth++] = {where.leaf, child};
    where.leaf = where.leaf->child(child);
  }
  where.hit = this->search(*where.leaf, key);
  return where;
}

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::slot_of_leaf(path& where) noexcept
  -> tree_block::slot& {
  if (where.depth == 0)
    return root_;
  auto& [block, index] = where.steps[where.depth - 1];
  return block->slots()[index];
}

template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::insert(Row&& row, bool replace) {
  check_open();
  auto fresh = std::make_unique<node>(std::move(row), keys::key_fn);
  bool stored = false;
  {
    std::lock_guard guard{lock_};
    check_open();
    stored = put(fresh, replace);
  }
  sweep();
  return stored;
}

// Stores `fresh` and takes it, unless its key is present and shall stay.
template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::put(node_ptr& fresh, bool replace) {
  auto where = find_path(keys::key_fn(fresh->row));
  if (!where.hit.found) {
    add(where, fresh);
    return true;
  }
  if (replace) {
    auto& slot = where.leaf->slots()[where.hit.index];
    auto* old = slot.load(std::memory_order_relaxed);
    heap_.add(heap_of(fresh.get()), heap_of(old));
    slot.store(fresh.release());
    retire_part(old, tree_part::row);
  }
  return replace;
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::add(path& where, node_ptr& fresh) {
  if (where.leaf == nullptr) {
    edit change{*this};
    link* const row = fresh.get();
    publish(change.make_leaf({&row, 1}, 2), change);
  } else if (where.leaf->count() < tree_block::max_leaf) {
    add_to_leaf(where, fresh);
  } else {
    split_leaf(where, fresh);
  }
  heap_.add(heap_of(fresh.get()), 0);
  fresh.release(); // NOLINT(bugprone-unused-return-value): in the tree now
  size_.fetch_add(1, std::memory_order_release);
}

// Appends, or replaces the leaf by one with one row more.
template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::add_to_leaf(path& where, node_ptr& fresh) {
  auto& leaf = *where.leaf;
  const auto count = leaf.count();
  const auto at = where.hit.index;
  const bool same = keys::has_prefix(leaf, keys::key_fn(fresh->row));
  const auto put_at = [&](tree_block& block) {
    block.heads()[at] = keys::head(keys::key_fn(fresh->row),
                                   block.prefix_size());
    block.slots()[at].store(fresh.get(), std::memory_order_release);
    block.set_count(count + 1);
  };
  if (same && at == count && count < leaf.capacity())
    return put_at(leaf);
  const auto room = at == count ? std::min(2 * count, tree_block::max_leaf)
                                : (count + 4) / 4 * 4;
  if (!same) {
    std::array<link*, tree_block::max_leaf> rows; // NOLINT: filled below
    std::copy_n(leaf.slots(), at, rows.begin());
    rows[at] = fresh.get();
    std::copy_n(leaf.slots() + at, count - at, rows.begin() + at + 1);
    edit change{*this};
    auto* now = change.make_leaf({rows.data(), count + 1}, room);
    change.commit();
    return swap_leaf(where, now);
  }
  auto* now = tree_block::make(true, room, leaf.prefix());
  std::copy_n(leaf.heads(), at, now->heads());
  std::copy_n(leaf.heads() + at, count - at, now->heads() + at + 1);
  for (unsigned i = 0; i < count; ++i)
    now->slots()[i < at ? i : i + 1].store(leaf.slots()[i].load(),
                                           std::memory_order_relaxed);
  put_at(*now);
  swap_leaf(where, now);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::swap_leaf(path& where, tree_block* now) noexcept {
  slot_of_leaf(where).store(now);
  retire_part(where.leaf, tree_part::block);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::split_leaf(path& where, node_ptr& fresh) {
  edit change{*this};
  const auto at = where.hit.index;
  const auto count = where.leaf->count();
  std::vector<link*> rows(where.leaf->slots(), where.leaf->slots() + count);
  rows.insert(rows.begin() + at, fresh.get());
  if (at == count) { // Ascending keys leave full leaves behind.
    auto* separator = change.make_separator(rows[at - 1], rows[at]);
    auto* right = change.make_leaf({&rows[at], 1}, 4);
    return replace(where, 1, {{nullptr, where.leaf}, {separator, right}},
                   change);
  }
  change.drop(where.leaf, tree_part::block);
  replace(where, 1, change.make_leaves(rows, tree_block::max_leaf), change);
}

// Puts `now` in place of `n` children of the last inner block of the path.
template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::replace(path& where, unsigned n, tree_pieces now,
                                      edit& change) {
  while (where.depth != 0) {
    auto& [parent, index] = where.steps[--where.depth];
    if (n == 1 && now.size() == 1) {
      parent->slots()[index].store(now[0].block);
      return publish(root(), change);
    }
    now = change.make_inner(change.replace_children(*parent, index, n, now));
    change.drop(parent, tree_part::block);
    n = 1;
  }
  while (now.size() > 1)
    now = change.make_inner(now);
  publish(now.empty() ? nullptr : now[0].block, change);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::publish(tree_block* root, edit& change) noexcept {
  root_.store(root);
  for (const auto& [what, kind] : change.commit())
    retire_part(what, kind);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::remove(path& where) {
  auto& leaf = *where.leaf;
  const auto at = where.hit.index;
  const auto left = leaf.count() - 1;
  auto* row = leaf.slots()[at].load(std::memory_order_relaxed);
  if (left == 0) {
    edit change{*this};
    change.drop(&leaf, tree_part::block);
    replace(where, 1, {}, change);
  } else if (left >= tree_block::max_leaf / 4 || !merge_leaf(where)) {
    auto* now = tree_block::make(true, left, leaf.prefix());
    std::copy_n(leaf.heads(), at, now->heads());
    std::copy_n(leaf.heads() + at + 1, left - at, now->heads() + at);
    for (unsigned i = 0; i < left; ++i)
      now->slots()[i].store(leaf.slots()[i < at ? i : i + 1].load(),
                            std::memory_order_relaxed);
    now->set_count(left);
    swap_leaf(where, now);
  }
  heap_.add(0, heap_of(row));
  retire_part(row, tree_part::row);
  size_.fetch_sub(1, std::memory_order_release);
}

// Joins the leaf, without the row to be removed, and a neighbour; returns
// whether it did.
template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::merge_leaf(path& where) {
  if (where.depth == 0)
    return false;
  auto& [parent, index] = where.steps[where.depth - 1];
  const auto first = index == parent->count() ? index - 1 : index;
  const auto* left = parent->child(first);
  const auto* right = parent->child(first + 1);
  if (!left->is_leaf() || !right->is_leaf()
      || left->count() + right->count() > tree_block::max_leaf * 3 / 4)
    return false;
  const auto gone = where.hit.index + (first == index ? 0 : left->count());
  std::vector<link*> rows(left->slots(), left->slots() + left->count());
  rows.insert(rows.end(), right->slots(), right->slots() + right->count());
  rows.erase(rows.begin() + gone);
  edit change{*this};
  change.drop(parent->child(first), tree_part::block);
  change.drop(parent->child(first + 1), tree_part::block);
  index = first;
  replace(where, 2, {{nullptr, change.make_leaf(rows, 0)}}, change);
  return true;
}

} // namespace kv::ets::detail
