#pragma once

#include "actors/ets/hash_engine.hpp"
#include "actors/ets/row_bytes.hpp"

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
  static constexpr std::size_t node_bytes = sizeof(row_node<Row>);

  /// Bytes of the rows: their nodes and what they say they have allocated.
  /// Complexity: constant.
  std::size_t row_bytes() const noexcept {
    return this->row_count() * sizeof(node) + this->entry_bytes(bytes_of);
  }

private:
  using node = typename base::node;
  using node_ptr = std::unique_ptr<node>;
  struct row_list;

  static std::size_t heap_bytes_in(const link& entry) noexcept {
    return heap_bytes_of(base::row_of(entry));
  }

  static constexpr entry_bytes_fn bytes_of = counts_bytes<Row> ? &heap_bytes_in
                                                               : nullptr;

  /// A change of `old`, if there is one, to `fresh`, or to nothing.
  static entry_change change(const link* old, link* fresh) {
    using kind = entry_change::kind;
    entry_change result{fresh != nullptr ? kind::put : kind::remove, fresh,
                        (fresh != nullptr ? 1 : 0) - (old != nullptr ? 1 : 0)};
    if constexpr (counts_bytes<Row>) {
      if (fresh != nullptr)
        result.bytes += static_cast<std::ptrdiff_t>(heap_bytes_in(*fresh));
      if (old != nullptr)
        result.bytes -= static_cast<std::ptrdiff_t>(heap_bytes_in(*old));
      result.bytes_of = bytes_of;
    }
    return result;
  }

  static const Row& first_row(const link& entry) noexcept {
    return base::row_of(entry);
  }

  template <class F>
  static std::size_t show(const link& entry, F& f) {
    std::invoke(f, base::row_of(entry));
    return 1;
  }

  static void release(retired_list::batch garbage) noexcept;

  row_list list_rows(std::vector<Row>&& rows) const;

  node_ptr make_node(Row&& row) const {
    auto result = std::make_unique<node>(std::move(row));
    result->word = this->hash_of(this->key_fn_(result->row));
    return result;
  }

  /// Replaces (erases, if `fresh` is null) the entry `seen` if it is still
  /// there: the caller's pin keeps its address from being used again.
  bool swap_if_same(std::uint64_t hash, const link* seen, node_ptr fresh,
                    bool& due);
};

} // namespace kv::ets::detail

#include "actors/ets/hash_set_impl.hpp"
