#pragma once

#include "actors/ets/core.hpp"
#include "actors/ets/epoch.hpp"
#include "actors/ets/key.hpp"
#include "actors/ets/retired_list.hpp"
#include "actors/ets/slot_array.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets::detail {

// The engine of `set`: rows are immutable heap nodes in a slot_array.
// Invariants:
//
// 1. A node is written before it is published and never again, but for its
//    link, which only the holder of the lock looks at.
// 2. Nodes and arrays that were published end in the retired_list, until the
//    table is closed and drained.
// 3. User code that may call back (visitors, predicates, the copying and the
//    destruction of rows) runs without the lock. The hash and the equality of
//    keys run under it.
// 4. After a visitor has run, visit and for_each touch nothing of the core: the
//    visitor may have closed the table and dropped the last handle.
template <class Row, class KeyFn>
class hash_set : public core_base, private retired_list {
public:
  using row = Row;
  using key_fn = KeyFn;
  using traits = key_traits<key_type<Row, KeyFn>>;
  using key_view = typename traits::view;
  using lookup_result = std::optional<Row>;

  /// Where a scan goes on.
  class position {
    friend hash_set;
    bool at_end_ = false;
  };

  hash_set(ets::access access, KeyFn key_fn)
    : core_base(access), key_fn_(std::move(key_fn)) {
    static_assert(sizeof(hash_set) <= 64 + sizeof(KeyFn));
  }

  template <class F>
  std::size_t visit(key_view key, F& f) const {
    const auto hash = traits::hash(key);
    epoch_guard pin;
    const auto* hit = find_open(hash, key);
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

  lookup_result lookup(key_view key) const {
    lookup_result result;
    auto copy = [&result](const Row& row) { result.emplace(row); };
    visit(key, copy);
    return result;
  }

  template <class F>
  void for_each(F& f) const {
    epoch_guard pin;
    check_open();
    if (const auto* array = slots_.load())
      array->for_each([&f](link& node) { std::invoke(f, row_of(node)); });
  }

  /// Shows all rows in one step.
  template <class F>
  bool scan(position& at, std::size_t, F& f) const {
    check_open();
    if (!std::exchange(at.at_end_, true))
      for_each(f);
    return false;
  }

  std::vector<position> split(std::size_t n) const {
    check_open();
    std::vector<position> result(n);
    for (std::size_t i = 1; i < n; ++i)
      result[i].at_end_ = true;
    return result;
  }

  std::size_t size() const {
    check_open();
    return size_.load(std::memory_order_acquire);
  }

  table_info info() const;

  /// Returns whether the row was stored: always if `replace`.
  bool insert(Row&& row, bool replace);

  bool insert_many(std::vector<Row>&& rows, bool replace);

  std::size_t erase(key_view key);

  const KeyFn& key_function() const noexcept {
    return key_fn_;
  }

  decltype(auto) key_of(const Row& row) const {
    return key_fn_(row);
  }

  lookup_result take(key_view key);

  template <class Pred>
  std::size_t erase_if(key_view key, Pred& pred);

  template <class F>
  bool update(key_view key, F& f);

  template <class Make, class F>
  bool upsert(key_view key, Make& make, F& f);

  void clear();

  /// Ends the table; the caller keeps a reference.
  void close() noexcept {
    shut();
    after_readers([](core_base* core) noexcept {
      core_ptr self{static_cast<hash_set*>(core)};
      drain_readers();
      self.get()->release_all();
    });
  }

private:
  struct node : link {
    explicit node(Row&& x) : row(std::move(x)) {
      // nop
    }

    const Row row; // NOLINT: immutable on purpose
  };

  using node_ptr = std::unique_ptr<node>;

  static const Row& row_of(const link& x) noexcept {
    return static_cast<const node&>(x).row;
  }

  auto match(const key_view& key) const {
    return [this, &key](const link& x) {
      return traits::equal(key_fn_(row_of(x)), key);
    };
  }

  node_ptr make_node(Row&& row) const {
    auto result = std::make_unique<node>(std::move(row));
    result->word = traits::hash(key_fn_(result->row));
    return result;
  }

  /// Needs a pin.
  const node* find_open(std::uint64_t hash, const key_view& key) const {
    check_open();
    const auto* array = slots_.load();
    if (array == nullptr)
      return nullptr;
    return static_cast<const node*>(array->find(hash, match(key)).node);
  }

  bool put(node_ptr& fresh, bool replace);
  bool swap_if_same(std::uint64_t hash, const node* seen, node_ptr fresh);
  void unlink(slot_array& array, slot_array::hit hit) noexcept;
  void grow_if_full();
  void resize(std::size_t rows);
  void sweep() noexcept;
  void collect_now() noexcept;
  void release_all() noexcept;
  static void release(retired_list::batch batch) noexcept;

  std::atomic<std::uint32_t> size_{0}; // in the padding of retired_list
  std::atomic<slot_array*> slots_{nullptr};
  [[no_unique_address]] KeyFn key_fn_;
};

} // namespace kv::ets::detail

#include "actors/ets/hash_set_impl.hpp"
