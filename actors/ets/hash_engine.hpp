#pragma once

#include "actors/ets/hash_batch.hpp"
#include "actors/ets/hash_index.hpp"
#include "actors/ets/hash_walk.hpp"
#include "actors/ets/key.hpp"
#include "actors/ets/read_ahead.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv::ets::detail {

// What the hash engines have in common: reading. `Derived` knows its entries:
// - `show(entry, f)` calls f(const Row&) for the rows of an entry, which may
//   change beside it, and returns their number;
// - `first_row(entry)` is a row of it;
// - `has_key(entry, key, key_fn)`, `hash_in(table, entry)`, `functions`;
// - `entry_size`; whether that is `on_one_line`, and a string's
//   `text_elsewhere`;
// - `release(batch)` frees what has been retired.
template <class Derived, class Row, class KeyFn>
class hash_engine : public hash_index {
public:
  using row = Row;
  using key_fn = KeyFn;
  using traits = key_traits<key_type<Row, KeyFn>>;
  using key_view = typename traits::view;
  using key_list = std::span<const std::remove_cvref_t<key_view>>;
  using position = hash_position;

  std::vector<position> split(std::size_t parts) const {
    check_open();
    std::vector<position> result;
    for (std::size_t i = 0; i < parts; ++i)
      result.push_back(hash_position::part(i, parts));
    return result;
  }

  /// Where a scan meets rows that depend on `random` alone.
  position random_position(std::uint64_t random) const noexcept {
    return {random >> 32, position::end};
  }

  const KeyFn& key_function() const noexcept {
    return key_fn_;
  }

  decltype(auto) key_of(const Row& row) const {
    return key_fn_(row);
  }

  template <class F>
  std::size_t visit(key_view key, F& f) const {
    const auto hash = hash_of(key);
    epoch_guard pin;
    const auto* entry = find(hash, match(key));
    return entry == nullptr ? 0 : Derived::show(*entry, f);
  }

  template <class F>
  std::size_t visit_many(key_list keys, F& f) const {
    epoch_guard pin;
    check_open();
    std::size_t result = 0;
    if (!is_worth_fetching()) {
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (const auto* entry = find(hash_of(keys[i]), match(keys[i]))) {
          auto show = [&f, i](const Row& x) { std::invoke(f, i, x); };
          result += Derived::show(*entry, show);
        }
      return result;
    }
    for (std::size_t i = 0; i < keys.size(); i += batch_size)
      result += visit_batch(
        keys.subspan(i, std::min(batch_size, keys.size() - i)), i, f);
    return result;
  }

  template <class F>
  void for_each(F& f) const {
    position at;
    scan(at, static_cast<std::size_t>(-1), f);
  }

  template <class F>
  bool scan(position& at, std::size_t at_least, F& f) const {
    epoch_guard pin;
    check_open();
    const auto top = root();
    if (!is_large(top))
      return scan_small(at, pointer_of<small_array>(top), f);
    if (!is_worth_fetching())
      return scan_large<0>(at, large(top), at_least, f);
    constexpr std::size_t lines = Derived::on_one_line ? 1 : 2;
    return scan_large<lines>(at, large(top), at_least, f);
  }

  std::size_t size() const {
    check_open();
    return row_count();
  }

  void clear() {
    replace_entries({}, Derived::functions);
    sweep();
  }

  /// The place of a key in the order of `scan`; other keys may share it.
  std::uint64_t place_of(const key_view& key) const {
    return hash_of(key);
  }

  /// Ends the table; the caller keeps a reference.
  void close() noexcept {
    shut();
    after_readers([](core_base* core) noexcept {
      core_ptr self{static_cast<Derived*>(core)};
      drain_readers();
      self.get()->release_all(Derived::release);
    });
  }

protected:
  hash_engine(ets::access access, KeyFn key)
    : hash_index(access), key_fn_(std::move(key)) {
    // nop
  }

  [[gnu::always_inline]] std::uint64_t hash_of(const key_view& key) const {
    return seeded_hash<traits>(key, seed());
  }

  bool have_same_key(const table_entry& x, const table_entry& y) const {
    return traits::equal(key_fn_(Derived::first_row(x)),
                         key_fn_(Derived::first_row(y)));
  }

  /// A function without state need not be referred to.
  using own_key_fn = std::conditional_t<
    std::is_empty_v<KeyFn> && std::is_trivially_copyable_v<KeyFn>, KeyFn,
    const KeyFn&>;

  /// Whether an entry has this key. A row may have a `prefetch(const row&)` for
  /// what its visitors will need.
  struct key_match {
    [[gnu::always_inline]] bool operator()(const table_entry& x) const {
      const Row& first = Derived::first_row(x);
      // A row's end is often on another line than its key.
      if constexpr (!Derived::on_one_line)
        read_ahead(reinterpret_cast<const char*>(&first + 1) - 1);
      if constexpr (requires { prefetch(first); })
        prefetch(first);
      return Derived::has_key(x, key, key_function);
    }

    key_view key;
    [[no_unique_address]] own_key_fn key_function;
  };

  key_match match(const key_view& key) const noexcept {
    return {key, key_fn_};
  }

  static auto match_same(const table_entry* seen) {
    return [seen](const table_entry& x) { return &x == seen; };
  }

  /// After a write: destroys what is due, at the end of this thread's visit if
  /// it is inside one.
  void sweep() noexcept {
    if (!is_pinned())
      return sweep_now(Derived::release);
    sweep_later([](core_base* core) noexcept {
      const core_ptr self{static_cast<Derived*>(core)};
      self.get()->sweep_started();
      self.get()->sweep_now(Derived::release);
    });
  }

  /// Inserts many rows in one step; see row_batch.
  template <class Rows>
  bool edit_many(Rows& rows, bool replace) {
    bool result = true;
    {
      epoch_guard pin;
      std::lock_guard guard{lock_};
      check_open();
      row_batch batch{*this};
      result = rows.size() == 0 || batch.run(rows, replace);
    }
    sweep();
    return result;
  }

  /// Puts these rows, by key, in place of all others in one step.
  template <class Rows>
  void assign_rows(Rows& rows) {
    contents now;
    now.entries.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const entry_change change = rows.decide(i, nullptr);
      now.entries.push_back({rows.hash(i), change.entry});
      now.rows += static_cast<std::size_t>(change.rows);
      now.bytes += static_cast<std::size_t>(change.bytes);
    }
    replace_entries(now, Derived::functions);
  }

  /// A new row and the hash of its key.
  template <class NodePtr>
  struct hashed_node {
    std::uint64_t hash;
    NodePtr node;
  };

  /// Sorts nodes, so that those of one key are together and stay in order;
  /// calls f(first, last) for each.
  template <class Nodes, class F>
  void for_each_key(Nodes& nodes, F f) const {
    std::stable_sort(nodes.begin(), nodes.end(),
                     [](const auto& x, const auto& y) {
                       return x.hash < y.hash;
                     });
    for (auto first = nodes.begin(); first != nodes.end();) {
      auto same_hash = std::find_if(first, nodes.end(), [&](const auto& x) {
        return x.hash != first->hash;
      });
      auto last = std::stable_partition(
        std::next(first), same_hash, [&](const auto& x) {
          return traits::equal(key_fn_(x.node->row), key_fn_(first->node->row));
        });
      f(first, last);
      first = last;
    }
  }

  [[no_unique_address]] KeyFn key_fn_; // NOLINT(*-member-variables-*)

private:
  static constexpr std::size_t batch_size = 16;

  template <class F>
  std::size_t visit_batch(key_list keys, std::size_t first, F& f) const;
  template <std::size_t Lines, class F>
  bool
  scan_large(position& at, hash_array* array, std::size_t at_least, F& f) const;
  template <class F>
  bool scan_small(position& at, const small_array* small, F& f) const;
  bool is_repeated(const bucket_copy& copy, std::size_t i,
                   const table_entry& entry) const;
  template <class F>
  std::size_t show_copy(const bucket_copy& copy, bool all,
                        const position& asked, F& f) const;
};

} // namespace kv::ets::detail

#include "actors/ets/hash_engine_impl.hpp"
