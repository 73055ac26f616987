#pragma once

#include "actors/ets/write_operations.hpp"

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv::ets {

/// Returns a copy of one member of the row with this key, if there is one; of
/// a bag, a vector of the members of all its rows.
///
/// Complexity: a key, plus the copy. Thread safety: any thread.
/// Errors: no_such_table.
template <table T, class Row, class M>
  requires std::same_as<Row, typename T::row>
auto lookup_element(const read_operations<T>& table, typename T::key_view key,
                    M Row::*member) {
  std::conditional_t<unique<T>, std::optional<M>, std::vector<M>> result;
  table.visit(key, [&](const Row& x) {
    if constexpr (unique<T>)
      result.emplace(x.*member);
    else
      result.push_back(x.*member);
  });
  return result;
}

/// Replaces one member of the row with this key; returns whether there is one.
///
/// Complexity: a key, plus the copy of the row. Thread safety: any thread;
/// atomic. Errors: no_such_table; badarg if that changes the key.
template <table T, class Row, class M>
  requires unique<T> && std::same_as<Row, typename T::row>
bool update_element(const write_operations<T>& table, typename T::key_view key,
                    M Row::*member, std::type_identity_t<M> value) {
  return table.update(key, [&](const Row& x) {
    Row fresh = x;
    fresh.*member = value;
    return fresh;
  });
}

} // namespace kv::ets
