#pragma once

#include "actors/ets/dynamic/match_spec.hpp"
#include "actors/ets/dynamic/row.hpp"
#include "actors/ets/select.hpp"

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

// ETS's select and match families on tables of dynamic rows. A specification
// that only rows with certain keys can match looks these up, one that in an
// ordered table only rows can match whose key is a list with a certain
// beginning walks these; otherwise it walks the table as
// `read_operations::fold` does.
//
// Complexity: linear in the table, or in the rows of these keys.
// Thread safety: any thread. Errors: no_such_table; std::bad_alloc.

namespace kv::ets::dynamic {

/// A table type of dynamic rows.
template <class T>
concept dynamic_table
  = table<T> && std::same_as<typename T::row,
                             row> && std::same_as<typename T::key_fn, key_at>;

/// Returns where a table has its keys.
template <dynamic_table T>
key_at key_of(const core_handle<T>& table) {
  return ets::detail::engine_of(table).key_function();
}

namespace detail {

/// Whether two keys are one in tables of this type.
template <dynamic_table T>
bool same_key(const term& x, const term& y) {
  return ordered<T> ? std::is_eq(dynamic::compare(x, y))
                    : dynamic::identical(x, y);
}

/// Calls f(const row&) for the rows whose key is a list that begins with
/// `prefix`: they are next to each other.
template <dynamic_table T, class F>
void walk_prefix(const read_operations<T>& table, const term& prefix, F f) {
  const auto key = key_of(table);
  table.ascend({.from = prefix}, [&](const row& x) {
    const auto& list = key(x);
    const bool begins
      = list.is_array() && list.size() >= prefix.size()
        && std::equal(prefix.begin(), prefix.end(), list.begin(),
                      [](const term& a, const term& b) {
                        return std::is_eq(dynamic::compare(a, b));
                      });
    if (begins)
      f(x);
    return begins;
  });
}

/// Calls f(const row&) for all rows that may match.
template <dynamic_table T, class F>
void walk(const read_operations<T>& table, const match_spec& spec, F f) {
  const auto keys = spec.keys(key_of(table));
  if constexpr (ordered<T>)
    if (const auto prefix = spec.key_prefix(key_of(table)))
      return walk_prefix(table, *prefix, f);
  if (!keys)
    return ets::detail::walk_in_steps(table, f);
  for (auto i = keys->begin(); i != keys->end(); ++i)
    if (std::none_of(keys->begin(), i,
                     [i](const term* x) { return same_key<T>(*x, **i); }))
      table.visit(**i, f);
}

/// Calls f(const row&) for one row of each key that may match.
template <dynamic_table T, class F>
void walk_keys(const read_operations<T>& table, const match_spec& spec, F f) {
  if constexpr (unique<T>)
    return walk(table, spec, f);
  if (!spec.keys(key_of(table)))
    return ets::detail::for_each_key_in_steps(table, f);
  std::optional<term> last; // the rows of a key are shown together
  walk(table, spec, [&](const row& x) {
    const auto& key = key_of(table)(x);
    if (last && same_key<T>(*last, key))
      return;
    last = key;
    f(x);
  });
}

} // namespace detail

/// Returns what the specification makes of the rows that match.
template <dynamic_table T>
std::vector<term>
select(const read_operations<T>& table, const match_spec& spec) {
  std::vector<term> result;
  detail::walk(table, spec, [&](const row& x) {
    if (auto found = spec.run(x))
      result.push_back(*std::move(found));
  });
  return result;
}

/// The same from the end of an ordered table; of others in any order.
template <dynamic_table T>
std::vector<term>
select_reverse(const read_operations<T>& table, const match_spec& spec) {
  auto result = select(table, spec);
  std::reverse(result.begin(), result.end());
  return result;
}

/// Returns the next `limit` results of a walk: fewer at its end, and in a bag
/// more, if one key has them. Errors: also badarg if `limit` is 0.
template <dynamic_table T>
std::vector<term>
select(cursor<T>& at, std::size_t limit, const match_spec& spec) {
  if (limit == 0)
    throw error(errc::badarg, "limit is 0");
  std::vector<term> result;
  const auto show = [&](const row& x) {
    if (auto found = spec.run(x))
      result.push_back(*std::move(found));
  };
  while (result.size() < limit && at.walk(limit - result.size(), show)) {
    // next step
  }
  return result;
}

/// Returns of how many rows the specification makes `true`.
template <dynamic_table T>
std::size_t
select_count(const read_operations<T>& table, const match_spec& spec) {
  std::size_t result = 0;
  detail::walk(table, spec,
               [&](const row& x) { result += spec.is_true(x) ? 1 : 0; });
  return result;
}

/// Erases the rows of which the specification makes `true`, each by itself;
/// returns how many were erased.
template <dynamic_table T>
std::size_t
select_erase(const write_operations<T>& table, const match_spec& spec) {
  auto& engine = ets::detail::engine_of(table);
  const auto is_true = [&spec](const row& x) { return spec.is_true(x); };
  std::size_t result = 0;
  detail::walk(table, spec, [&](const row& x) {
    if (is_true(x))
      result += engine.erase_if(engine.key_of(x), is_true);
  });
  return result;
}

/// Replaces the rows that match by what the specification makes of them, each
/// by itself, in a duplicate bag those of a key in one step; returns how many
/// were replaced. Errors: also badarg if it does not keep the key.
template <dynamic_table T>
  requires(unique<T> || T::kind == kind::duplicate_bag)
std::size_t select_replace(const write_operations<T>& table,
                           const match_spec& spec) {
  if (!spec.keeps_key(key_of(table)))
    throw error(errc::badarg, "specification does not keep the key");
  auto& engine = ets::detail::engine_of(table);
  auto change = [&spec](const row& x) -> std::optional<row> {
    if (auto fresh = spec.run(x))
      return row{*std::move(fresh)};
    return std::nullopt;
  };
  std::size_t result = 0;
  const auto replace = [&](const row& x) {
    result += ets::detail::replace_rows(engine, engine.key_of(x), change);
  };
  detail::walk_keys(table, spec, replace);
  return result;
}

} // namespace kv::ets::dynamic
