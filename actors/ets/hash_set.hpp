#pragma once

#include "actors/ets/hash_engine.hpp"
#include "actors/ets/row_bytes.hpp"
#include "actors/ets/set_node.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace kv::ets::detail {

/// The engine of `set`: an entry is the node of a row. `Final` as final_engine
/// has it.
template <class Row, class KeyFn, class Final = void>
class hash_set
  : public hash_engine<final_engine<hash_set<Row, KeyFn, Final>, Final>, Row,
                       KeyFn> {
  using base = hash_engine<final_engine<hash_set, Final>, Row, KeyFn>;
  friend base;

public:
  using typename base::key_view;
  using typename base::traits;
  using lookup_result = std::optional<Row>;

  hash_set(ets::access access, KeyFn key) : base(access, std::move(key)) {
    static_assert(sizeof(hash_set) <= 64 + sizeof(KeyFn));
  }

  lookup_result lookup(key_view key) const {
    lookup_result result;
    auto copy = [&result](const Row& row) { result.emplace(row); };
    this->visit(key, copy);
    return result;
  }

  table_info info() const;

  /// Returns whether the row was stored: always if `replace`.
  bool insert(Row&& row, bool replace);

  bool insert_many(std::vector<Row>&& rows, bool replace);

  void assign(std::vector<Row>&& rows);

  std::size_t erase(key_view key);

  lookup_result take(key_view key);

  template <class Pred>
  std::size_t erase_if(key_view key, Pred& pred);

  template <class F>
  bool update(key_view key, F& f);

  template <class Make, class F>
  bool upsert(key_view key, Make& make, F& f);

  /// Bytes of a row, but for what it has allocated.
  static constexpr std::size_t node_bytes = sizeof(set_node<Row, KeyFn>);

  /// Bytes of the rows: their nodes and what they say they have allocated.
  /// Complexity: constant.
  std::size_t row_bytes() const noexcept {
    return this->row_count() * sizeof(node) + this->entry_bytes(functions);
  }

private:
  using node = set_node<Row, KeyFn>;
  using node_ptr = std::unique_ptr<node>;
  using hashed_node = typename base::template hashed_node<node_ptr>;
  struct row_list;
  struct retire_row;

  static constexpr std::size_t entry_size = sizeof(node);
  static constexpr bool on_one_line = alignof(node) == line_size
                                      && sizeof(node) == line_size;
  static constexpr bool text_elsewhere = node::repeated == 0;

  static node& node_of(table_entry& entry) noexcept {
    return static_cast<node&>(entry);
  }

  static const node& node_of(const table_entry& entry) noexcept {
    return static_cast<const node&>(entry);
  }

  static std::size_t heap_bytes_in(const table_entry& entry) noexcept {
    return heap_bytes_of(first_row(entry));
  }

  static std::uint64_t hash_in(const core_base& table,
                               const table_entry& entry) noexcept {
    const auto& self = static_cast<const hash_set&>(table);
    return node_of(entry).hash(self.key_fn_, self.seed());
  }

  [[gnu::always_inline]] static bool
  has_key(const table_entry& entry, const key_view& key, const KeyFn& key_fn) {
    return node_of(entry).has_key(key, key_fn);
  }

  static constexpr entry_functions functions{
    counts_bytes<Row> ? &heap_bytes_in : nullptr, &hash_in};

  /// A change of `old`, if there is one, to `fresh`, or to nothing.
  static entry_change change(const table_entry* old, table_entry* fresh) {
    using kind = entry_change::kind;
    entry_change result{fresh != nullptr ? kind::put : kind::remove, fresh,
                        (fresh != nullptr ? 1 : 0) - (old != nullptr ? 1 : 0)};
    if constexpr (counts_bytes<Row>) {
      if (fresh != nullptr)
        result.bytes += static_cast<std::ptrdiff_t>(heap_bytes_in(*fresh));
      if (old != nullptr)
        result.bytes -= static_cast<std::ptrdiff_t>(heap_bytes_in(*old));
    }
    return result;
  }

  static const Row& first_row(const table_entry& entry) noexcept {
    return node_of(entry).row;
  }

  template <class F>
  static std::size_t show(const table_entry& entry, F& f) {
    std::invoke(f, first_row(entry));
    return 1;
  }

  static void release(retired_list::batch garbage) noexcept;
  static void release_page(retired_page& page) noexcept;

  row_list list_rows(std::vector<Row>&& rows) const;

  node_ptr make_node(Row&& row) const {
    return std::make_unique<node>(std::move(row), this->key_fn_);
  }

  /// Replaces (erases, if `fresh` is null) the entry `seen` if it is still
  /// there: the caller's pin keeps its address from being used again.
  bool swap_if_same(std::uint64_t hash, const table_entry* seen, node_ptr fresh,
                    bool& due);
};

} // namespace kv::ets::detail

#include "actors/ets/hash_set_impl.hpp"
