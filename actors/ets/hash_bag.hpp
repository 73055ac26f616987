#pragma once

#include "actors/ets/hash_engine.hpp"
#include "actors/ets/row_bytes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace kv::ets::detail {

/// A row of a bag.
template <class Row>
struct row_node : link {
  explicit row_node(Row&& x) : row(std::move(x)) {
    // nop
  }

  const Row row; // NOLINT: immutable on purpose
};

/// The rows of one key, in the order of their insertion. Readers see the first
/// `count` of them as they read that; what is behind may be appended meanwhile.
/// Any other change makes another group.
template <class Row>
class row_group : public retired_block {
public:
  using node = row_node<Row>;

  /// Errors: std::bad_alloc.
  static row_group* make(std::uint64_t hash, std::uint32_t capacity) {
    const auto size = sizeof(row_group) + capacity * sizeof(node*);
    return ::new (::operator new(size)) row_group(hash, capacity, size);
  }

  /// Frees the group, not its rows.
  static void destroy(row_group* group) noexcept {
    const auto size = group->bytes;
    std::destroy_at(group);
    ::operator delete(group, size);
  }

  std::uint32_t count() const noexcept {
    return count_.load(std::memory_order_acquire);
  }

  bool full() const noexcept {
    return count() == capacity_;
  }

  node* at(std::uint32_t i) const noexcept {
    return nodes()[i].load(std::memory_order_acquire);
  }

  /// Needs room, and no other writer.
  void append(node* x) noexcept {
    const auto n = count_.load(std::memory_order_relaxed);
    nodes()[n].store(x, std::memory_order_relaxed);
    count_.store(n + 1, std::memory_order_release);
  }

private:
  using cell = std::atomic<node*>;

  row_group(std::uint64_t hash, std::uint32_t capacity,
            std::size_t size) noexcept
    : retired_block(size), capacity_(capacity) {
    this->word = hash;
    std::uninitialized_value_construct_n(nodes(), capacity);
  }

  cell* nodes() const noexcept {
    return reinterpret_cast<cell*>(const_cast<row_group*>(this) + 1);
  }

  std::atomic<std::uint32_t> count_{0};
  std::uint32_t capacity_;
};

/// The engine of `bag` (where rows of one key differ, so `Unique`) and of
/// `duplicate_bag`: an entry is the group of the rows of a key. `Final` as
/// final_engine has it.
template <class Row, class KeyFn, bool Unique, class Final = void>
class hash_bag_engine
  : public hash_engine<
      final_engine<hash_bag_engine<Row, KeyFn, Unique, Final>, Final>, Row,
      KeyFn> {
  using base = hash_engine<final_engine<hash_bag_engine, Final>, Row, KeyFn>;
  friend base;

public:
  using typename base::key_view;
  using typename base::traits;
  using lookup_result = std::vector<Row>;

  hash_bag_engine(ets::access access, KeyFn key)
    : base(access, std::move(key)) {
    static_assert(sizeof(hash_bag_engine) <= 64 + sizeof(KeyFn));
  }

  lookup_result lookup(key_view key) const {
    lookup_result result;
    auto copy = [&result](const Row& row) { result.push_back(row); };
    this->visit(key, copy);
    return result;
  }

  table_info info() const;

  /// Returns whether the row was stored.
  bool insert(Row&& row, bool replace);

  bool insert_many(std::vector<Row>&& rows, bool replace);

  void assign(std::vector<Row>&& rows);

  std::size_t erase(key_view key);

  lookup_result take(key_view key);

  template <class Pred>
  std::size_t erase_if(key_view key, Pred& pred);

  /// Replaces the rows of a key by f(const row&), an optional row each, in one
  /// step; returns how many were replaced. Errors: badarg if a new row has
  /// another key.
  template <class F>
  std::size_t update_each(key_view key, F& f) requires(!Unique);

  /// Bytes of a row, but for what it has allocated.
  static constexpr std::size_t node_bytes = sizeof(row_node<Row>);

  /// Bytes of the rows and their groups: nodes and what they say they have
  /// allocated. Complexity: constant.
  std::size_t row_bytes() const noexcept {
    return this->row_count() * sizeof(node) + this->entry_bytes(functions);
  }

private:
  using node = row_node<Row>;
  using node_ptr = std::unique_ptr<node>;
  using hashed_node = typename base::template hashed_node<node_ptr>;
  using group = row_group<Row>;
  struct group_deleter;
  using group_ptr = std::unique_ptr<group, group_deleter>;
  struct row_list;

  static constexpr std::size_t entry_size = sizeof(group);
  static constexpr bool on_one_line = false;
  static constexpr bool text_elsewhere = false; // since the rows are, too

  static group& group_of(table_entry& entry) noexcept {
    return static_cast<group&>(entry);
  }

  static const group& group_of(const table_entry& entry) noexcept {
    return static_cast<const group&>(entry);
  }

  /// Made again: readers ask for it, and the word of a group that is removed
  /// meanwhile is another one.
  static std::uint64_t hash_in(const core_base& table,
                               const table_entry& entry) noexcept {
    const auto& self = static_cast<const hash_bag_engine&>(table);
    return self.hash_of(self.key_fn_(first_row(entry)));
  }

  static bool has_key(const table_entry& entry, const key_view& key,
                      const KeyFn& key_fn) {
    return traits::equal(key_fn(first_row(entry)), key);
  }

  static const Row& first_row(const table_entry& entry) noexcept {
    return group_of(entry).at(0)->row;
  }

  template <class F>
  static std::size_t show(const table_entry& entry, F& f) {
    const auto& rows = group_of(entry);
    const auto count = rows.count();
    for (std::uint32_t i = 0; i < count; ++i)
      std::invoke(f, std::as_const(rows.at(i)->row));
    return count;
  }

  static void release(retired_list::batch garbage) noexcept;

  row_list list_rows(std::vector<Row>&& rows) const;

  hashed_node make_node(Row&& row) const {
    auto made = std::make_unique<node>(std::move(row));
    const auto hash = this->hash_of(this->key_fn_(made->row));
    return {hash, std::move(made)};
  }

  static group_ptr copy_group(const group& rows, std::uint32_t more);
  static bool has_equal(const group& rows, const Row& row);

  static std::size_t bytes_in(const table_entry& entry) noexcept {
    const auto& rows = group_of(entry);
    auto result = rows.bytes;
    if constexpr (counts_bytes<Row>)
      for (std::uint32_t i = 0; i < rows.count(); ++i)
        result += heap_bytes_of(rows.at(i)->row);
    return result;
  }

  static constexpr entry_functions functions{&bytes_in, &hash_in};

  static std::ptrdiff_t bytes_of(const group* rows) noexcept {
    return rows == nullptr ? 0 : static_cast<std::ptrdiff_t>(bytes_in(*rows));
  }

  /// Puts these rows, where there are any, in place of those of `seen`, if the
  /// key still has these rows only.
  bool replace_seen(std::uint64_t hash, group& seen,
                    std::vector<node_ptr>& fresh, bool& due);

  /// Erases the marked rows of `seen`, if the key still has these rows only.
  bool erase_seen(std::uint64_t hash, group& seen,
                  const std::vector<bool>& marked, bool& due);
};

template <class Row, class KeyFn, class Final = void>
using hash_bag = hash_bag_engine<Row, KeyFn, true, Final>;

template <class Row, class KeyFn, class Final = void>
using hash_duplicate_bag = hash_bag_engine<Row, KeyFn, false, Final>;

} // namespace kv::ets::detail

#include "actors/ets/hash_bag_bulk_impl.hpp"
#include "actors/ets/hash_bag_impl.hpp"
