#pragma once

#include "actors/ets/tree.hpp"

#include <utility>

// The end of rows, and how much there is.

namespace kv::ets::detail {

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::clear() {
  {
    std::lock_guard guard{lock_};
    check_open();
    auto* old = root();
    if (old == nullptr)
      return;
    root_.store(nullptr);
    size_.store(0, std::memory_order_release);
    heap_.clear();
    retire_part(old, tree_part::subtree);
  }
  sweep();
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::sweep() noexcept {
  if (!due(size_.load(std::memory_order_relaxed)))
    return;
  if (!is_pinned())
    return collect_now();
  sweep_later([](core_base* core) noexcept {
    const core_ptr self{static_cast<whole*>(core)};
    self.get()->sweep_started();
    self.get()->collect_now();
  });
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::collect_now() noexcept {
  batch garbage;
  {
    std::lock_guard guard{lock_};
    garbage = collect();
  }
  release(garbage);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::release_all() noexcept {
  batch garbage;
  {
    std::lock_guard guard{lock_};
    size_.store(0, std::memory_order_relaxed);
    if (auto* old = root_.exchange(nullptr))
      retire_part(old, tree_part::subtree);
    garbage = collect_all();
  }
  release(garbage);
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::release(batch garbage) noexcept {
  for (auto ref : garbage) {
    while (ref != 0) {
      auto* what = link_of(ref);
      const auto kind = kind_of(std::exchange(ref, what->word));
      switch (static_cast<tree_part>(kind)) {
        case tree_part::row:
          delete static_cast<node*>(what);
          break;
        case tree_part::block:
          tree_block::destroy(static_cast<tree_block*>(what));
          break;
        case tree_part::separator:
          delete static_cast<typename keys::separator*>(what);
          break;
        case tree_part::subtree:
          release_subtree(static_cast<tree_block*>(what));
      }
    }
  }
}

template <class Row, class KeyFn, class Final>
void tree<Row, KeyFn, Final>::release_subtree(tree_block* block) noexcept {
  const auto count = block->count();
  if (block->is_leaf()) {
    for (unsigned i = 0; i < count; ++i)
      delete static_cast<node*>(block->slots()[i].load());
  } else {
    for (unsigned i = 0; i <= count; ++i)
      release_subtree(block->child(i));
    for (unsigned i = 0; i < count; ++i)
      delete static_cast<typename keys::separator*>(block->separators()[i]);
  }
  tree_block::destroy(block);
}

template <class Row, class KeyFn, class Final>
auto tree<Row, KeyFn, Final>::usage_below(const tree_block& block) noexcept
  -> usage {
  usage result{0, block.bytes()};
  const auto count = block.count();
  if (block.is_leaf()) {
    result.rows = count;
    result.bytes += count * sizeof(node);
    if constexpr (counts_bytes<Row>)
      for (unsigned i = 0; i < count; ++i)
        result.bytes += heap_of(block.slots()[i].load());
    return result;
  }
  result.bytes += count * sizeof(typename keys::separator);
  for (unsigned i = 0; i <= count; ++i) {
    const auto more = usage_below(*block.child(i));
    result.rows += more.rows;
    result.bytes += more.bytes;
  }
  return result;
}

template <class Row, class KeyFn, class Final>
table_info tree<Row, KeyFn, Final>::info() const {
  auto result = base_info();
  std::lock_guard guard{lock_};
  result.size = size_.load(std::memory_order_relaxed);
  result.bytes += sizeof(*this);
  if (const auto* block = root())
    result.bytes += usage_below(*block).bytes;
  for_each_retired([&result](table_entry* what, retired_kind kind) {
    switch (static_cast<tree_part>(kind)) {
      case tree_part::row:
        ++result.retired;
        result.bytes += sizeof(node) + heap_of(static_cast<const link*>(what));
        break;
      case tree_part::block:
        result.bytes += static_cast<tree_block*>(what)->bytes();
        break;
      case tree_part::separator:
        result.bytes += sizeof(typename keys::separator);
        break;
      case tree_part::subtree: {
        const auto gone = usage_below(*static_cast<tree_block*>(what));
        result.retired += gone.rows;
        result.bytes += gone.bytes;
      }
    }
  });
  return result;
}

} // namespace kv::ets::detail
