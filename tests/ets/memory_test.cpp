// What tables take, and what they give back.
#include "actors/ets/lines.hpp"
#include "actors/ets/pages.hpp"
#include "actors/ets/table.hpp"

#include "tests/ets/heap.hpp"
#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

using namespace kv;
using namespace kv::test;

namespace {

/// All memory of the tables of this thread: the heap, pages, and lines, those
/// that nobody uses included.
class table_memory {
public:
  std::ptrdiff_t bytes() const noexcept {
    return static_cast<std::ptrdiff_t>(heap_.bytes() + pages() - pages_);
  }

private:
  static std::size_t pages() noexcept {
    return ets::detail::mapped_bytes() + ets::detail::bytes_of_lines().mapped;
  }

  heap_meter heap_;
  std::size_t pages_ = pages();
};

struct number {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
};

/// Its node is a line of the pool.
struct line_row {
  std::uint64_t key = 0;
  std::array<std::uint64_t, 6> values{};
};

using numbers = ets::set<number, &number::key>;
using ordered_numbers = ets::ordered_set<number, &number::key>;
using line_rows = ets::set<line_row, &line_row::key>;

} // namespace

TEST_CASE("an unnamed table with two small rows takes at most 192 bytes") {
  ets::owner<numbers> warm_up;
  warm_up.insert({1, 1});
  const heap_meter heap;
  const ets::owner<numbers> table;
  table.insert({1, 1});
  table.insert({2, 2});
  const auto bytes = heap.bytes();
  const auto told = table.info().bytes;
  CHECK(bytes <= 192);
  CHECK(told == bytes);
}

TEMPLATE_TEST_CASE("memory is given back when rows are erased", "", numbers,
                   ordered_numbers, line_rows) {
  constexpr std::uint64_t rows = 300'000;
  constexpr std::uint64_t few = 1000;
  // Not counting the region that the lines' pool keeps for whoever is next.
  constexpr std::ptrdiff_t kept = 2 << 20;
  std::ptrdiff_t full = 0;
  std::ptrdiff_t left = 0;
  std::ptrdiff_t fresh = 0;
  std::ptrdiff_t empty = 0;
  {
    const table_memory memory;
    ets::owner<TestType> table;
    for (std::uint64_t i = 0; i < few; ++i)
      table.insert({i * 7919});
    fresh = memory.bytes();
  }
  {
    const table_memory memory;
    ets::owner<TestType> table;
    for (std::uint64_t i = 0; i < rows; ++i)
      table.insert({i * 7919});
    full = memory.bytes();
    for (std::uint64_t i = few; i < rows; ++i)
      table.erase(i * 7919);
    left = memory.bytes();
    for (std::uint64_t i = 0; i < few; ++i)
      table.erase(i * 7919);
    empty = memory.bytes();
  }
  CAPTURE(full, left, fresh, empty);
  CHECK(left < fresh + full / 10 + kept);
  CHECK(empty < full / 10 + kept);
  CHECK(full > 10 * fresh);
}
