#pragma once

#include "actors/ets/dynamic/row.hpp"

#include <cstddef>
#include <vector>

namespace kv::ets::dynamic {

/// A row after some changes of its fields.
struct changed_row {
  row fresh;
  /// What the caller gets for it.
  term result;
};

/// Changes counters of a row. `how` is an increment of the field after the key,
/// `[position, increment]`, `[position, increment, threshold, reset]`, or a
/// list of the latter two; the result is a number or a list. Positions count
/// from 1.
///
/// Complexity: linear in the row. Thread safety: any thread.
/// Errors: badarg for another shape, a position out of the row, the key's
/// position, or a field that is not an integer; system_limit for a result
/// beyond 64 bits.
changed_row change_counters(const row& x, key_at key, const term& how);

/// Replaces fields of a row. `how` is `[position, value]` or a list of these.
/// The result is `true`. Otherwise as `change_counters`.
changed_row change_elements(const row& x, key_at key, const term& how);

} // namespace kv::ets::dynamic
