#pragma once

#include "actors/ets/table.hpp"

#include "tests/support/manual_clock.hpp"

#include <initializer_list>

namespace kv::test {

/// A table with these rows, for what gets a reader or a writer of one. It has
/// no name, so tests do not meet. The clock of rows with a `manual_deadline`
/// starts at 0 and stands still until the test moves it.
/// Thread safety: as a table; one of those with a clock at a time.
template <ets::table T>
class fake_table : public ets::owner<T> {
public:
  fake_table(std::initializer_list<typename T::row> rows = {}) {
    manual_clock::ms = 0;
    for (const auto& x : rows)
      this->insert(x);
  }

  /// Moves the clock.
  static void advance(manual_clock::duration by) {
    manual_clock::ms += by.count();
  }
};

} // namespace kv::test
