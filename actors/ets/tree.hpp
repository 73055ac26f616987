#pragma once

#include "actors/ets/core.hpp"
#include "actors/ets/epoch.hpp"
#include "actors/ets/retired_list.hpp"
#include "actors/ets/row_bytes.hpp"
#include "actors/ets/tree_edit.hpp"
#include "actors/ets/tree_keys.hpp"
#include "actors/ets/tree_walk.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets::detail {

// The engine of `ordered_set`: a B+-tree whose blocks are replaced, not edited.
// Invariants:
//
// 1. Writers hold the table's lock. Readers take none and never start again:
//    each change becomes visible by one store, of a row, a child or the root,
//    and until then nobody else sees what it is made of.
// 2. What was replaced never changes again. A reader that is in it sees the
//    tree as it was at a moment after the reader came.
// 3. An inner block has at least two children, a leaf at least one row. Leaves
//    may lie at different depths, but none deeper than the root has grown.
// 4. Nodes, blocks and separators that were published end in the retired_list,
//    until the table is closed and drained.
// 5. User code that may call back (visitors, predicates, the copying and the
//    destruction of rows) runs without the lock. The order of keys runs under
//    it.
// 6. A visitor may close the table: its core lives until the pin ends.
template <class Row, class KeyFn, class Final = void>
class tree : public core_base,
             private retired_list,
             private tree_keys<Row, KeyFn> {
  using typename tree_keys<Row, KeyFn>::node;

public:
  using keys = tree_keys<Row, KeyFn>;
  using row = Row;
  using key_fn = KeyFn;
  using typename keys::key_view;
  using order = typename keys::order;
  using walk = tree_walk<keys>;
  using lookup_result = std::optional<Row>;

  /// Where a scan goes on, and where it ends.
  class position {
    friend tree;
    std::shared_ptr<const typename keys::key> from_; // null: the first one
    std::shared_ptr<const typename keys::key> end_;  // null: none
    bool beyond_ = false;                            // `from_` was shown
    bool at_end_ = false;
  };

  tree(ets::access access, KeyFn key_fn)
    : core_base(access), keys(std::move(key_fn)) {
    // nop
  }

  template <class F>
  std::size_t visit(const key_view& key, F& f) const {
    epoch_guard pin;
    const auto* hit = find_open(key);
    if (hit == nullptr)
      return 0;
    std::invoke(f, hit->row);
    return 1;
  }

  template <class F>
  std::size_t
  visit_many(std::span<const std::remove_cvref_t<key_view>> keys, F& f) const {
    std::size_t result = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto show = [&f, i](const Row& row) { std::invoke(f, i, row); };
      result += visit(keys[i], show);
    }
    return result;
  }

  const KeyFn& key_function() const noexcept {
    return keys::key_fn;
  }

  decltype(auto) key_of(const Row& row) const {
    return keys::key_fn(row);
  }

  /// Returns how the key of a row and a key compare: below 0, 0 or above 0.
  int compare(const Row& row, const key_view& key) const {
    const auto way = order::compare(keys::key_fn(row), key);
    return std::is_lt(way) ? -1 : std::is_gt(way) ? 1 : 0;
  }

  lookup_result lookup(const key_view& key) const {
    lookup_result result;
    auto copy = [&result](const Row& row) { result.emplace(row); };
    visit(key, copy);
    return result;
  }

  /// Returns a place in the tree; needs a pin.
  walk walk_open() const {
    check_open();
    return walk{*this, root()};
  }

  template <class F>
  void for_each(F& f) const {
    epoch_guard pin;
    auto at = walk_open();
    for (at.first(); at; at.next())
      std::invoke(f, *at);
  }

  template <class F>
  bool scan(position& at, std::size_t limit, F& f) const;

  std::vector<position> split(std::size_t n) const;

  /// Where a scan meets rows that depend on `random` alone.
  position random_position(std::uint64_t random) const;

  std::size_t size() const {
    check_open();
    return size_.load(std::memory_order_acquire);
  }

  table_info info() const;

  /// Bytes of a row, but for what it has allocated.
  static constexpr std::size_t node_bytes = sizeof(node);

  /// Bytes of the rows: their nodes and what they say they have allocated.
  /// Complexity: constant.
  std::size_t row_bytes() const noexcept {
    return size_.load(std::memory_order_relaxed) * sizeof(node) + heap_.sum();
  }

  /// Returns whether the row was stored: always if `replace`.
  bool insert(Row&& row, bool replace);

  /// Stores all rows at one moment, the last one of each key; none, unless
  /// `replace`, if a key is present.
  bool insert_many(std::vector<Row>&& rows, bool replace);

  void assign(std::vector<Row>&& rows);

  std::size_t erase(const key_view& key);

  lookup_result take(const key_view& key);

  template <class Pred>
  std::size_t erase_if(const key_view& key, Pred& pred);

  template <class F>
  bool update(const key_view& key, F& f);

  template <class Make, class F>
  bool upsert(const key_view& key, Make& make, F& f);

  void clear();

  /// Ends the table; the caller keeps a reference.
  void close() noexcept {
    shut();
    after_readers([](core_base* core) noexcept {
      core_ptr self{static_cast<whole*>(core)};
      drain_readers();
      self.get()->release_all();
    });
  }

private:
  using whole = final_engine<tree, Final>;
  using node_ptr = std::unique_ptr<node>;
  using edit = tree_edit<keys>;

  /// The way from the root to a leaf, for writers.
  struct path {
    struct step {
      tree_block* block;
      unsigned index;
    };

    std::array<step, 24> steps; // NOLINT: only what depth says is read
    std::size_t depth = 0;
    tree_block* leaf = nullptr;
    typename keys::hit hit;
  };

  tree_block* root() const noexcept {
    return static_cast<tree_block*>(root_.load());
  }

  /// Needs a pin.
  const node* find_open(const key_view& key) const {
    check_open();
    const auto* block = root();
    if (block == nullptr)
      return nullptr;
    while (!block->is_leaf())
      block = block->child(this->search(*block, key).child());
    const auto hit = this->search(*block, key);
    return hit.found
             ? static_cast<const node*>(block->slots()[hit.index].load())
             : nullptr;
  }

  path find_path(const key_view& key) const;
  tree_block::slot& slot_of_leaf(path& where) noexcept;
  bool put(node_ptr& fresh, bool replace);
  void add(path& where, node_ptr& fresh);
  void add_to_leaf(path& where, node_ptr& fresh);
  void split_leaf(path& where, node_ptr& fresh);
  void remove(path& where);
  bool merge_leaf(path& where);
  void swap_leaf(path& where, tree_block* now) noexcept;
  bool swap_if_same(const key_view& key, const node* seen, node_ptr fresh);
  void replace(path& where, unsigned n, tree_pieces now, edit& change);
  void publish(tree_block* root, edit& change) noexcept;

  static void collect_cuts(const tree_block& block, unsigned levels,
                           std::vector<const link*>& cuts);
  void sort(std::vector<node_ptr>& nodes) const;
  bool any_present(const std::vector<node_ptr>& nodes) const;
  std::vector<node_ptr> sorted_nodes(std::vector<Row>&& rows) const;
  static std::vector<link*> links_of(const std::vector<node_ptr>& nodes);
  void put_all(typename edit::rows fresh);
  tree_pieces put_below(tree_block* block, typename edit::rows fresh,
                        edit& change, std::size_t& added) const;
  tree_pieces put_in_leaf(tree_block* leaf, typename edit::rows fresh,
                          edit& change, std::size_t& added) const;

  void retire_part(link* what, tree_part kind) noexcept {
    retire(what, static_cast<retired_kind>(kind));
  }

  void sweep() noexcept;
  void collect_now() noexcept;
  void release_all() noexcept;
  static void release(retired_list::batch batch) noexcept;
  static void release_subtree(tree_block* block) noexcept;

  struct usage {
    std::size_t rows;
    std::size_t bytes;
  };

  static usage usage_below(const tree_block& block) noexcept;

  static std::size_t heap_of(const link* x) noexcept {
    return heap_bytes_of(keys::row_of(*x));
  }

  std::atomic<std::uint32_t> size_{0}; // in the padding of retired_list
  tree_block::slot root_{nullptr};
  [[no_unique_address]] heap_sum<counts_bytes<Row>> heap_;
};

} // namespace kv::ets::detail

#include "actors/ets/tree_bulk_impl.hpp"
#include "actors/ets/tree_change_impl.hpp"
#include "actors/ets/tree_end_impl.hpp"
#include "actors/ets/tree_impl.hpp"
