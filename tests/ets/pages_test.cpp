#include "actors/ets/pages.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace kv;
using namespace kv::test;
using ets::detail::mapped_bytes;

TEST_CASE("arrays of every size are aligned and writable") {
  for (std::size_t size :
       {std::size_t{64}, ets::detail::mapped_size - 64,
        ets::detail::mapped_size, ets::detail::mapped_size * 5 + 64}) {
    const auto before = mapped_bytes();
    auto* bytes = static_cast<std::uint8_t*>(ets::detail::allocate_array(size));
    CHECK(reinterpret_cast<std::uintptr_t>(bytes) % 64 == 0);
    std::fill_n(bytes, size, std::uint8_t{1});
    CHECK(std::count(bytes, bytes + size, 1)
          == static_cast<std::ptrdiff_t>(size));
    CHECK(mapped_bytes() - before
          == (size < ets::detail::mapped_size ? 0 : size));
    ets::detail::free_array(bytes, size);
    CHECK(mapped_bytes() == before);
  }
}

TEST_CASE("a table that was large gives its pages back") {
  constexpr int rows = 200'000;
  const auto before = mapped_bytes();
  {
    ets::owner<entries> table;
    for (int i = 0; i < rows; ++i)
      table.insert({std::to_string(i), i});
    CHECK(mapped_bytes() > before + rows * sizeof(void*));
    for (int i = 0; i < rows; ++i)
      table.erase(std::to_string(i));
    CHECK(mapped_bytes() == before);
    CHECK(table.info().bytes < 4096);
    for (int i = 0; i < rows; ++i)
      table.insert({std::to_string(i), i});
    CHECK(mapped_bytes() > before);
  }
  CHECK(mapped_bytes() == before);
}
