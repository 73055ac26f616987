#pragma once

#include "actors/ets/cell.hpp"
#include "actors/ets/increment.hpp"
#include "actors/ets/write_operations.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace kv::ets {

/// A change of the counter `member` of a row.
template <class Row, std::integral N>
struct counter_change {
  N Row::*member;
  increment<N> how{};
};

/// Changes a counter of the row with this key; returns its new value, nothing
/// if there is no such row.
///
/// Complexity: a key, plus the copy of the row. Thread safety: any thread;
/// atomic. Errors: no_such_table; system_limit; badarg if the counter is part
/// of the key; the row is as it was then.
template <table T, class Row, std::integral N>
  requires unique<T> && std::same_as<Row, typename T::row> std::optional<N>
  update_counter(const write_operations<T>& table, typename T::key_view key,
                 N Row::*member, increment<std::type_identity_t<N>> how = {}) {
    N result{};
    const bool found = table.update(key, [&](const Row& x) {
      Row fresh = x;
      result = fresh.*member = changed(x.*member, how);
      return fresh;
    });
    return found ? std::optional{result} : std::nullopt;
  }

/// The same, but inserts a changed `otherwise` if there is no row with its key.
template <table T, class Row, std::integral N>
  requires unique<T> && std::same_as<Row, typename T::row>
    N update_counter(const write_operations<T>& table, const Row& otherwise,
                     N Row::*member, increment<std::type_identity_t<N>> how) {
    N result{};
    const auto change = [&](const Row& x) {
      Row fresh = x;
      result = fresh.*member = changed(x.*member, how);
      return fresh;
    };
    auto& engine = detail::engine_of(table);
    table.upsert(
      engine.key_of(otherwise), [&] { return change(otherwise); }, change);
    return result;
  }

/// Makes several changes of the row with this key in one step, one after the
/// other; returns the new values, nothing if there is no such row.
template <table T, std::integral N>
  requires unique<T> std::optional<std::vector<N>>
  update_counters(const write_operations<T>& table, typename T::key_view key,
                  std::span<const counter_change<typename T::row, N>> changes) {
    std::vector<N> result;
    const bool found = table.update(key, [&](const typename T::row& x) {
      auto fresh = x;
      result.clear();
      result.reserve(changes.size());
      for (const auto& [member, how] : changes)
        result.push_back(fresh.*member = changed(fresh.*member, how));
      return fresh;
    });
    return found ? std::optional{std::move(result)} : std::nullopt;
  }

/// Adds to a counter that is a cell of its row, without replacing the row;
/// returns its new value. What another writer replaces meanwhile may not have
/// the sum: use it for rows that are not replaced. Does not see an overflow.
///
/// Complexity: a key. Thread safety: any thread. Errors: no_such_table.
template <table T, class Row, std::integral N>
  requires unique<T> && std::same_as<Row, typename T::row> std::optional<N>
  update_counter(const write_operations<T>& table, typename T::key_view key,
                 cell<N> Row::*member, std::type_identity_t<N> by = 1) {
    std::optional<N> result;
    table.visit(key, [&](const Row& x) {
      result = static_cast<N>((x.*member).fetch_add(by) + by);
    });
    return result;
  }

} // namespace kv::ets
