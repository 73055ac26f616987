#pragma once

#include "actors/ets/dynamic/change.hpp"
#include "actors/ets/dynamic/select.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

// Operations on single fields of dynamic rows; positions count from 1.
//
// Complexity: a key, plus the copy of the row. Thread safety: any thread;
// atomic. Errors: no_such_table; badarg as said; the table is then unchanged.

namespace kv::ets::dynamic {

/// Returns one field of the row with this key; of a bag, a list of this field
/// of all its rows. Errors: badarg if there is no such row, or it is too short.
template <dynamic_table T>
term lookup_element(const read_operations<T>& table, const term& key,
                    std::size_t position) {
  auto all = term::array();
  bool present = true;
  table.visit(key, [&](const row& x) {
    present = present && position >= 1 && position <= x.size();
    if (present)
      all.push_back(x[position - 1]);
  });
  if (all.empty() || !present)
    throw error(errc::badarg, "no such element");
  return unique<T> ? all.front() : all;
}

/// Changes counters of the row with this key, as `change_counters` says;
/// without such a row, those of `otherwise` with this key, which is inserted.
/// Returns the new values. Errors: badarg, also if there is neither;
/// system_limit.
template <dynamic_table T>
  requires unique<T>
    term update_counter(const write_operations<T>& table, const term& key,
                        const term& how,
                        const std::optional<row>& otherwise = {}) {
    const auto at = key_of(table);
    term result;
    const auto change = [&](const row& x) {
      auto [fresh, value] = change_counters(x, at, how);
      result = std::move(value);
      return std::move(fresh);
    };
    const auto make = [&] {
      auto fields = otherwise->fields();
      at(*otherwise);
      fields[at.position - 1] = key;
      return change(row{std::move(fields)});
    };
    if (!otherwise && !table.update(key, change))
      throw error(errc::badarg, "no such key");
    if (otherwise)
      table.upsert(key, make, change);
    return result;
  }

/// Replaces fields of the row with this key, as `change_elements` says; returns
/// whether there is one. Errors: badarg.
template <dynamic_table T>
  requires unique<T>
bool update_element(const write_operations<T>& table, const term& key,
                    const term& how) {
  const auto at = key_of(table);
  return table.update(key, [&](const row& x) {
    return change_elements(x, at, how).fresh;
  });
}

} // namespace kv::ets::dynamic
