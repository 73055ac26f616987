#pragma once

#include "actors/ets/engine.hpp"
#include "actors/ets/hash_bag.hpp"
#include "actors/ets/hash_set.hpp"
#include "actors/ets/key.hpp"
#include "actors/ets/options.hpp"
#include "actors/ets/tree.hpp"

#include <concepts>
#include <type_traits>

namespace kv::ets {

/// A table type: a kind of table together with its row and its key. It is a
/// name for handles to refer to and has no objects. The engine is what keeps
/// the rows; handles know nothing else of a kind. `engine_for<E>` is the engine
/// to derive an engine `E` from.
template <class T>
concept table = requires {
  typename T::row;
  typename T::key_fn;
  typename T::key_view;
  typename T::lookup_result;
  typename T::engine;
  { T::kind } -> std::convertible_to<ets::kind>;
  requires std::move_constructible<typename T::row>;
  requires detail::engine<typename T::engine>;
};

/// A table with at most one row per key.
template <class T>
concept unique = table<T> && detail::unique_engine<typename T::engine>;

/// A table whose rows have an order.
template <class T>
concept ordered = table<T> && requires {
  typename T::engine::walk;
};

/// At most one row per key, in no particular order, found by hash.
///
/// `KeyFn` is a type that extracts the key of a row, `key_fn(const row&)`; it
/// may have state, e.g. a position chosen at run time. Calls of it may run at
/// the same time on many threads.
template <class Row, class KeyFn>
struct basic_set {
  using row = Row;
  using key_fn = KeyFn;
  template <class Final>
  using engine_for = detail::hash_set<Row, KeyFn, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = ets::kind::set;
  /// What the key of a row is looked up by, e.g. std::string_view.
  using key_view = typename engine::key_view;
  /// What `lookup` and `take` return.
  using lookup_result = typename engine::lookup_result;
};

/// A set whose key is one or several members or named functions of its rows:
/// `set<entry, &entry::name>`.
template <class Row, auto... Key>
using set = basic_set<Row, key_of<Key...>>;

/// At most one row per key, in the order of the keys. Keys that are equivalent
/// in this order are the same key.
///
/// `KeyFn` as in `basic_set`; see `key_order` for the order.
template <class Row, class KeyFn>
struct basic_ordered_set {
  using row = Row;
  using key_fn = KeyFn;
  template <class Final>
  using engine_for = detail::tree<Row, KeyFn, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = ets::kind::ordered_set;
  using key_view = typename engine::key_view;
  using lookup_result = typename engine::lookup_result;
};

/// An ordered set whose key is one or several members or named functions of its
/// rows.
template <class Row, auto... Key>
using ordered_set = basic_ordered_set<Row, key_of<Key...>>;

/// Any number of different rows per key, found by hash; those of a key in the
/// order of their insertion. Rows are compared by `==`.
///
/// `KeyFn` as in `basic_set`.
template <class Row, class KeyFn>
struct basic_bag {
  using row = Row;
  using key_fn = KeyFn;
  template <class Final>
  using engine_for = detail::hash_bag<Row, KeyFn, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = ets::kind::bag;
  using key_view = typename engine::key_view;
  using lookup_result = typename engine::lookup_result;
};

/// A bag whose key is one or several members or named functions of its rows.
template <class Row, auto... Key>
using bag = basic_bag<Row, key_of<Key...>>;

/// Any number of rows per key, also equal ones; otherwise as `basic_bag`.
template <class Row, class KeyFn>
struct basic_duplicate_bag {
  using row = Row;
  using key_fn = KeyFn;
  template <class Final>
  using engine_for = detail::hash_duplicate_bag<Row, KeyFn, Final>;
  using engine = engine_for<void>;
  static constexpr auto kind = ets::kind::duplicate_bag;
  using key_view = typename engine::key_view;
  using lookup_result = typename engine::lookup_result;
};

/// A duplicate bag whose key is one or several members or named functions of
/// its rows.
template <class Row, auto... Key>
using duplicate_bag = basic_duplicate_bag<Row, key_of<Key...>>;

} // namespace kv::ets
