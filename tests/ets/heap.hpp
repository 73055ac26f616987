#pragma once

#include <cstddef>

namespace kv::test {

/// What this thread has allocated and not freed since the meter was made.
class heap_meter {
public:
  heap_meter() noexcept;

  /// Number of allocations, freed or not.
  std::size_t allocations() const noexcept;

  /// Bytes in use, as asked for.
  std::size_t bytes() const noexcept;

private:
  std::size_t allocations_;
  std::size_t bytes_;
};

} // namespace kv::test
