#pragma once

#include "actors/ets/table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor_control_block.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
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

/// The entries of a registry as a table that anyone reads without a message:
/// at most one per key.
template <class Key, class Value>
struct unique_keys {
  using key_type = Key;
  using value_type = Value;
  using key_view = typename ets::key_traits<Key>::view;
  using entry = registered<Value>;

  static constexpr bool unique = true;

  struct row {
    Key key;
    entry who;
  };

  using table = ets::set<row, &row::key>;

  /// Calls `f(const entry&)` for the entries under a key, those of dead actors
  /// too. Complexity: O(1).
  template <class F>
  static void
  visit(const ets::read_operations<table>& names, key_view key, F f) {
    names.visit(key, [&](const row& x) { f(x.who); });
  }

  /// Calls `f(const Key&, const entry&, uint32_t place)` for all entries.
  template <class F>
  static void for_each(const ets::read_operations<table>& names, F f) {
    names.for_each([&](const row& x) { f(x.key, x.who, uint32_t{0}); });
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
    uint32_t add(const Key& key, entry who) {
      rows_.insert({key, std::move(who)});
      return 0;
    }

    /// Removes an entry there for which `pred(const entry&)` holds.
    template <std::predicate<const entry&> Pred>
    bool remove(const Key& key, uint32_t, Pred pred) {
      return rows_.erase_if(key, [&](const row& x) { return pred(x.who); }) > 0;
    }

    /// Replaces the entries of that actor there.
    void update(const Key& key, uint32_t, const entry& who) {
      rows_.update(key, [&](const row& x) {
        return x.who.actor == who.actor ? row{key, who} : x;
      });
    }

  private:
    ets::writer<table> rows_;
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

  static constexpr bool unique = false;

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
