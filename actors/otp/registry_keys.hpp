#pragma once

#include "actors/ets/table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor_control_block.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace kv::otp {

/// An entry of a registry: who is registered under a key, and with what.
template <class Value>
struct registered {
  caf::strong_actor_ptr actor;
  Value value;
};

/// A map that hashes and compares keys as tables do.
template <class Key>
struct as_in_tables {
  using traits = ets::key_traits<Key>;

  size_t operator()(const Key& x) const {
    return traits::hash(x);
  }

  bool operator()(const Key& x, const Key& y) const {
    return traits::equal(x, y);
  }
};

template <class Key, class T>
using key_map
  = boost::unordered_flat_map<Key, T, as_in_tables<Key>, as_in_tables<Key>>;

/// Says whose an entry is; rows of other kinds bring a function of that name.
template <class Value>
const caf::strong_actor_ptr& actor_of(const registered<Value>& x) noexcept {
  return x.actor;
}

/// The entries of a registry as a table that anyone reads without a message: at
/// most one per key, in rows of any kind. Whose a row is says `actor_of(row)`,
/// found by its type.
template <class Row, auto Key>
struct unique_rows {
  using table = ets::set<Row, Key>;
  using key_type = ets::key_type<Row, typename table::key_fn>;
  using key_view = typename table::key_view;
  using entry = Row;

  static constexpr bool unique = true;

  /// Whether no actor ever has two keys.
  static constexpr bool one_key_each = false;

  /// Where an entry is under its key: there is but one place.
  struct place {};

  /// Calls `f(const entry&)` for the entries under a key, those of dead actors
  /// too. Complexity: O(1).
  template <class F>
  static void
  visit(const ets::read_operations<table>& names, key_view key, F f) {
    names.visit(key, f);
  }

  /// Calls `f(const key_type&, const entry&, place)` for all entries.
  template <class F>
  static void for_each(const ets::read_operations<table>& names, F f) {
    names.for_each([&](const Row& x) { f(std::invoke(Key, x), x, place{}); });
  }

  /// What the registry, the only writer, does with the table.
  class writer {
  public:
    explicit writer(ets::writer<table> rows) : rows_(std::move(rows)) {
      // nop
    }

    const ets::read_operations<table>& reader() const noexcept {
      return rows_;
    }

    /// Adds an entry and returns its place, which stays the same.
    place add(const key_type&, Row x) {
      rows_.insert(std::move(x));
      return {};
    }

    /// Removes an entry there for which `pred(const entry&)` holds.
    template <class Pred>
    bool remove(const key_type& key, place, Pred pred) {
      return rows_.erase_if(key, pred) > 0;
    }

  protected:
    ets::writer<table> rows_;
  };
};

/// A row of `unique_keys`.
template <class Key, class Value>
struct key_row : registered<Value> {
  Key key;
};

/// The same for keys and values of any type.
template <class Key, class Value>
struct unique_keys
  : unique_rows<key_row<Key, Value>, &key_row<Key, Value>::key> {
  using row = key_row<Key, Value>;
  using rows = unique_rows<row, &row::key>;
  using value_type = Value;
  using entry = registered<Value>;
  using typename rows::place;

  class writer : public rows::writer {
  public:
    using rows::writer::writer;

    place add(const Key& key, entry who) {
      this->rows_.insert({std::move(who), key});
      return {};
    }

    /// Replaces the entries of that actor there.
    void update(const Key& key, place, const entry& who) {
      this->rows_.update(key, [&](const row& x) {
        return x.actor == who.actor ? row{who, key} : x;
      });
    }
  };
};

/// The same for any number of entries per key. They are kept in groups of
/// bounded size, one row each, so that a change costs the same however many
/// there are, and an entry never moves: whoever visits a key meets every entry
/// that is there all the while exactly once.
template <class Key, class Value>
struct duplicate_keys {
  using key_type = Key;
  using value_type = Value;
  using key_view = typename ets::key_traits<Key>::view;
  using entry = registered<Value>;

  using place = uint32_t;

  static constexpr bool unique = false;

  static constexpr bool one_key_each = false;

  static constexpr size_t group_size = 32;

  struct row {
    Key key;
    uint32_t number; ///< Of the group.
    uint32_t groups; ///< In group 0: all numbers are below. Else 0.
    std::vector<entry> members;
  };

  using table = ets::set<row, &row::key, &row::number>;

  /// Complexity: linear in the most entries that the key has had at a time.
  template <class F>
  static void
  visit(const ets::read_operations<table>& names, key_view key, F f) {
    uint32_t groups = 1;
    for (uint32_t n = 0; n < groups; ++n)
      names.visit({key, n}, [&](const row& x) {
        if (n == 0)
          groups = x.groups;
        for (auto& who : x.members)
          f(who);
      });
  }

  template <class F>
  static void for_each(const ets::read_operations<table>& names, F f) {
    names.for_each([&](const row& x) {
      for (auto& who : x.members)
        f(x.key, who, x.number);
    });
  }

  class writer {
  public:
    /// Finds out what is there already. Complexity: linear.
    explicit writer(ets::writer<table> rows);

    const ets::read_operations<table>& reader() const noexcept {
      return rows_;
    }

    uint32_t add(const Key& key, entry who);

    template <std::predicate<const entry&> Pred>
    bool remove(const Key& key, uint32_t place, Pred pred);

    void update(const Key& key, uint32_t place, const entry& who);

  private:
    /// Where there is room under a key.
    struct space {
      size_t entries = 0;
      uint32_t groups = 0;
      std::set<uint32_t> roomy; ///< Groups that are not full, empty ones too.
    };

    void set_groups(const Key& key, uint32_t groups);

    void shrink(const Key& key, space& x);

    ets::writer<table> rows_;
    key_map<Key, space> spaces_;
  };
};

} // namespace kv::otp

#include "actors/otp/registry_keys_impl.hpp"
