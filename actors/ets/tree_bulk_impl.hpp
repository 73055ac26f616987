#pragma once

#include "actors/ets/tree.hpp"

#include <algorithm>

// What concerns many rows at once.

namespace kv::ets::detail {

template <class Row, class KeyFn, class Final>
template <class F>
bool tree<Row, KeyFn, Final>::scan(position& at, std::size_t limit,
                                   F& f) const {
  epoch_guard pin;
  auto place = walk_open();
  if (at.at_end_)
    return false;
  if (at.from_ != nullptr)
    place.seek_up(*at.from_, at.beyond_);
  else
    place.first();
  const auto before_end = [&at, this](const Row& row) {
    return at.end_ == nullptr
           || std::is_lt(order::compare(keys::key_fn(row), *at.end_));
  };
  for (std::size_t n = 0; place && before_end(*place); place.next()) {
    const auto& row = *place;
    std::invoke(f, row);
    if (++n < limit)
      continue;
    at.from_ = std::make_shared<const typename keys::key>(keys::key_fn(row));
    at.beyond_ = true;
    return true;
  }
  at.at_end_ = true;
  return false;
}

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::random_position(std::uint64_t random) const
  -> position {
  epoch_guard pin;
  auto at = walk_open();
  at.any(random);
  position result;
  if (at)
    result.from_
      = std::make_shared<const typename keys::key>(keys::key_fn(*at));
  return result;
}

// The separators near the root cut the tree into parts of about one size.
template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::split(std::size_t n) const
  -> std::vector<position> {
  epoch_guard pin;
  check_open();
  std::vector<const link*> cuts;
  if (const auto* top = root())
    for (unsigned levels = 1; cuts.size() + 1 < n && levels <= 3; ++levels) {
      cuts.clear();
      collect_cuts(*top, levels, cuts);
    }
  std::vector<position> result(n);
  for (std::size_t i = 1; i < n; ++i) {
    const auto end = i * (cuts.size() + 1) / n;
    if (end == 0) {
      result[i - 1].at_end_ = true;
      continue;
    }
    using separator = typename keys::separator;
    result[i].from_ = std::make_shared<const typename keys::key>(
      static_cast<const separator*>(cuts[end - 1])->key);
    result[i - 1].end_ = result[i].from_;
  }
  return result;
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::collect_cuts(const tree_block& block,
                                           unsigned levels,
                                           std::vector<const link*>& cuts) {
  if (block.is_leaf() || levels == 0)
    return;
  for (unsigned i = 0; i <= block.count(); ++i) {
    if (i != 0)
      cuts.push_back(block.separators()[i - 1]);
    collect_cuts(*block.child(i), levels - 1, cuts);
  }
}

// Orders the nodes and keeps the last one of each key.
template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::sort(std::vector<node_ptr>& nodes) const {
  const auto way = [this](const node_ptr& x, const node_ptr& y) {
    return order::compare(keys::key_fn(x->row), keys::key_fn(y->row));
  };
  std::stable_sort(nodes.begin(), nodes.end(),
                   [way](auto& x, auto& y) { return std::is_lt(way(x, y)); });
  const auto kept
    = std::unique(nodes.rbegin(), nodes.rend(),
                  [way](auto& x, auto& y) { return std::is_eq(way(x, y)); });
  nodes.erase(nodes.begin(), kept.base());
}

template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::any_present(
  const std::vector<node_ptr>& nodes) const {
  return std::any_of(nodes.begin(), nodes.end(), [this](const node_ptr& x) {
    return find_path(keys::key_fn(x->row)).hit.found;
  });
}

template <class Row, class KeyFn, class Final>
bool tree<Row, KeyFn, Final>::insert_many(std::vector<Row>&& rows,
                                          bool replace) {
  check_open();
  auto nodes = sorted_nodes(std::move(rows));
  const auto fresh = links_of(nodes);
  {
    std::lock_guard guard{lock_};
    check_open();
    if (!replace && any_present(nodes))
      return false;
    if (!nodes.empty())
      put_all(fresh);
    for (auto& x : nodes)
      x.release(); // NOLINT(bugprone-unused-return-value): in the tree now
  }
  sweep();
  return true;
}

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::sorted_nodes(std::vector<Row>&& rows) const
  -> std::vector<node_ptr> {
  std::vector<node_ptr> nodes;
  nodes.reserve(rows.size());
  for (auto& row : rows)
    nodes.push_back(std::make_unique<node>(std::move(row), keys::key_fn));
  sort(nodes);
  return nodes;
}

template <class Row, class KeyFn, class Final>
std::vector<link*>
tree<Row, KeyFn, Final>::links_of(const std::vector<node_ptr>& nodes) {
  std::vector<link*> result(nodes.size());
  std::transform(nodes.begin(), nodes.end(), result.begin(),
                 [](const node_ptr& x) { return x.get(); });
  return result;
}

// Builds another tree beside the one that readers see.
template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::assign(std::vector<Row>&& rows) {
  check_open();
  auto nodes = sorted_nodes(std::move(rows));
  const auto fresh = links_of(nodes);
  {
    std::lock_guard guard{lock_};
    check_open();
    edit change{*this};
    std::size_t added = 0;
    tree_pieces now;
    if (!fresh.empty())
      now = put_in_leaf(nullptr, fresh, change, added);
    while (now.size() > 1)
      now = change.make_inner(now);
    auto* old = root();
    heap_.clear();
    for (const auto* x : fresh)
      heap_.add(heap_of(x), 0);
    publish(now.empty() ? nullptr : now[0].block, change);
    size_.store(static_cast<std::uint32_t>(added), std::memory_order_release);
    if (old != nullptr)
      retire_part(old, tree_part::subtree);
    for (auto& x : nodes)
      x.release(); // NOLINT(bugprone-unused-return-value): in the tree now
  }
  sweep();
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::put_all(typename edit::rows fresh) {
  edit change{*this};
  std::size_t added = 0;
  auto now = put_below(root(), fresh, change, added);
  while (now.size() > 1)
    now = change.make_inner(now);
  if constexpr (counts_bytes<Row>)
    for (const auto* x : fresh)
      heap_.add(heap_of(x), 0);
  for (const auto& [what, kind] : change.stale())
    if (kind == tree_part::row)
      heap_.add(0, heap_of(what));
  publish(now[0].block, change);
  size_.fetch_add(static_cast<std::uint32_t>(added), std::memory_order_release);
}

// Returns what `block` becomes with these rows; nothing of it is edited.
template <class Row, class KeyFn, class Final>
tree_pieces
tree<Row, KeyFn, Final>::put_below(tree_block* block, typename edit::rows fresh,
                                   edit& change, std::size_t& added) const {
  if (block == nullptr || block->is_leaf())
    return put_in_leaf(block, fresh, change, added);
  tree_pieces result;
  const auto children = block->count() + 1;
  for (unsigned i = 0; i < children; ++i) {
    const auto end
      = i + 1 == children
          ? fresh.end()
          : std::partition_point(fresh.begin(), fresh.end(), [&](link* x) {
              return this->with_key(*block, i, [&](const key_view& key) {
                return std::is_lt(
                  order::compare(keys::key_fn(keys::row_of(*x)), key));
              });
            });
    const auto mine
      = fresh.first(static_cast<std::size_t>(end - fresh.begin()));
    fresh = fresh.subspan(mine.size());
    auto* const separator = i == 0 ? nullptr : block->separators()[i - 1];
    if (mine.empty()) {
      result.push_back({separator, block->child(i)});
      continue;
    }
    auto now = put_below(block->child(i), mine, change, added);
    now[0].separator = separator;
    result.insert(result.end(), now.begin(), now.end());
  }
  change.drop(block, tree_part::block);
  return change.make_inner(result);
}

template <class Row, class KeyFn, class Final>
tree_pieces tree<Row, KeyFn, Final>::put_in_leaf(tree_block* leaf,
                                                 typename edit::rows fresh,
                                                 edit& change,
                                                 std::size_t& added) const {
  std::vector<link*> rows;
  const auto count = leaf == nullptr ? 0 : leaf->count();
  rows.reserve(count + fresh.size());
  auto next = fresh.begin();
  for (unsigned i = 0; i < count; ++i) {
    auto* old = leaf->slots()[i].load(std::memory_order_relaxed);
    auto way = std::weak_ordering::greater;
    for (; next != fresh.end() && std::is_gt(way);) {
      way = order::compare(keys::key_fn(keys::row_of(*old)),
                           keys::key_fn(keys::row_of(**next)));
      if (std::is_gteq(way))
        rows.push_back(*next++);
    }
    if (std::is_eq(way))
      change.drop(old, tree_part::row);
    else
      rows.push_back(old);
  }
  rows.insert(rows.end(), next, fresh.end());
  added += rows.size() - count;
  if (leaf != nullptr)
    change.drop(leaf, tree_part::block);
  const bool sparse = rows.size() > tree_block::max_leaf;
  return change.make_leaves(rows, sparse ? tree_block::max_leaf * 3 / 4
                                         : tree_block::max_leaf);
}

} // namespace kv::ets::detail
