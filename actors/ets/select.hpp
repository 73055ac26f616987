#pragma once

#include "actors/ets/cursor.hpp"
#include "actors/ets/write_operations.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

// Operations on all rows for which a predicate holds: ETS's select and match
// families, with functions for match specifications. They walk as
// `read_operations::fold` does: not a snapshot, no row twice, in an ordered
// table in order. Predicates run without a lock and may use any table.
//
// Complexity: linear in the table. Thread safety: any thread.
// Errors: no_such_table; what the functions throw.

namespace kv::ets {

namespace detail {

/// How many rows a walk that writes shows between two steps: what it removes
/// can then be released.
inline constexpr std::size_t write_step = 256;

template <table T, class F>
void walk_in_steps(const read_operations<T>& table, F f) {
  for (cursor<T> at{table}; at.walk(write_step, f);) {
    // next step
  }
}

/// Calls f(const row&) for one row of each key.
template <table T, class F>
void for_each_key_in_steps(const read_operations<T>& table, F f) {
  using row = typename T::row;
  auto& engine = engine_of(table);
  cursor<T> at{table};
  do {
    const row* last = nullptr; // shown in this step, which has whole keys
    at.walk(write_step, [&](const row& x) {
      if constexpr (!unique<T>)
        if (last != nullptr && have_same_key(engine, *last, x))
          return;
      last = &x;
      f(x);
    });
  } while (!at.done());
}

/// Replaces the rows of a key by f(const row&), optional rows; returns how many
/// were replaced.
template <class Engine, class F>
std::size_t replace_rows(Engine& engine, typename Engine::key_view key, F& f) {
  if constexpr (unique_engine<Engine>) {
    bool replaced = false;
    auto change = [&](const typename Engine::row& x) {
      auto fresh = f(x);
      replaced = fresh.has_value();
      return fresh;
    };
    return engine.update(key, change) && replaced ? 1 : 0;
  } else {
    return engine.update_each(key, f);
  }
}

} // namespace detail

/// Returns project(row) of all rows for which pred(const row&) holds; without a
/// projection, copies of them.
template <table T, std::predicate<const typename T::row&> Pred,
          class Project = std::identity>
auto select(const read_operations<T>& table, Pred pred, Project project = {}) {
  using row = typename T::row;
  std::vector<std::remove_cvref_t<std::invoke_result_t<Project&, const row&>>>
    result;
  table.for_each([&](const row& x) {
    if (std::invoke(pred, x))
      result.push_back(std::invoke(project, x));
  });
  return result;
}

/// Returns the next `limit` results of a walk: fewer at its end, and in a bag
/// more, if one key has them. The cursor goes on behind them.
template <table T, std::predicate<const typename T::row&> Pred,
          class Project = std::identity>
auto select(cursor<T>& at, std::size_t limit, Pred pred, Project project = {}) {
  using row = typename T::row;
  std::vector<std::remove_cvref_t<std::invoke_result_t<Project&, const row&>>>
    result;
  const auto show = [&](const row& x) {
    if (std::invoke(pred, x))
      result.push_back(std::invoke(project, x));
  };
  while (result.size() < limit && at.walk(limit - result.size(), show)) {
    // next step
  }
  return result;
}

/// Returns for how many rows pred(const row&) holds.
template <table T, std::predicate<const typename T::row&> Pred>
std::size_t select_count(const read_operations<T>& table, Pred pred) {
  std::size_t result = 0;
  table.for_each(
    [&](const typename T::row& x) { result += std::invoke(pred, x) ? 1 : 0; });
  return result;
}

/// Erases all rows for which pred(const row&) holds, each by itself; returns
/// how many were erased.
template <table T, std::predicate<const typename T::row&> Pred>
std::size_t select_erase(const write_operations<T>& table, Pred pred) {
  auto& engine = detail::engine_of(table);
  std::size_t result = 0;
  detail::walk_in_steps(table, [&](const typename T::row& x) {
    if (std::invoke(pred, x))
      result += engine.erase_if(engine.key_of(x), pred);
  });
  return result;
}

/// Replaces every row by f(const row&), an optional row with the same key:
/// nothing leaves it as it is. Each by itself, in a duplicate bag those of a
/// key in one step; returns how many were replaced. Not in bags, where two rows
/// could become one.
/// Errors: also badarg if a new row has another key; the walk ends there.
template <table T, class F>
  requires(unique<T> || T::kind == kind::duplicate_bag)
&&std::is_invocable_r_v<std::optional<typename T::row>, F&,
                        const typename T::row&>
  std::size_t select_replace(const write_operations<T>& table, F f) {
  using row = typename T::row;
  auto& engine = detail::engine_of(table);
  std::size_t result = 0;
  auto change = [&f](const row& x) -> std::optional<row> {
    return std::invoke(f, x);
  };
  detail::for_each_key_in_steps(table, [&](const row& x) {
    result += detail::replace_rows(engine, engine.key_of(x), change);
  });
  return result;
}

} // namespace kv::ets
