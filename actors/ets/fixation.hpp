#pragma once

#include "actors/ets/epoch.hpp"
#include "actors/ets/read_operations.hpp"

namespace kv::ets {

/// Keeps what this thread reads while it lives: references to rows, of this
/// table or any other, then outlive their visit, also if they are erased or the
/// table is closed. ETS's safe_fixtable; walks do not need it, since they never
/// fail.
///
/// What is removed meanwhile, from any table, stays in memory until the
/// fixation ends: keep it short, and do not block.
///
/// Complexity: constant. Thread safety: belongs to the thread that made it, and
/// ends there, in the reverse order of its making.
/// Errors: no_such_table if the table is closed.
class [[nodiscard]] fixation {
public:
  template <table T>
  explicit fixation(const read_operations<T>& table) {
    detail::engine_of(table).check_open();
  }

  /// Returns the row with this key, null if there is none. The row is good
  /// until the fixation ends. Complexity: a key. Errors: no_such_table.
  template <table T>
    requires unique<T>
  const typename T::row* find(const read_operations<T>& table,
                              typename T::key_view key) const {
    const typename T::row* result = nullptr;
    table.visit(key, [&result](const typename T::row& x) { result = &x; });
    return result;
  }

private:
  detail::epoch_guard pin_;
};

} // namespace kv::ets
