// Replacing the rows of a duplicate bag, each at its place.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using heap = ets::duplicate_bag<entry, &entry::name>;

std::optional<entry> doubled_if_odd(const entry& x) {
  if (x.value % 2 == 0)
    return std::nullopt;
  return entry{x.name, 2 * x.value};
}

} // namespace

TEST_CASE("rows of a duplicate bag are replaced where they are") {
  for (const int keys : {1, 100}) {
    ets::owner<heap> table;
    for (int value = 1; value <= 4; ++value)
      for (int i = 0; i < keys; ++i)
        table.insert({std::to_string(i), value});
    table.insert({"0", 1});
    CHECK(ets::select_replace(table, doubled_if_odd)
          == static_cast<std::size_t>(2 * keys + 1));
    const auto rows = table.lookup("0");
    CHECK(
      rows
      == std::vector<entry>{{"0", 2}, {"0", 2}, {"0", 6}, {"0", 4}, {"0", 2}});
    CHECK(table.size() == static_cast<std::size_t>(4 * keys + 1));
    CHECK(ets::select_replace(table, doubled_if_odd) == 0);
  }
}

TEST_CASE("a replacement with another key ends the walk") {
  ets::owner<heap> table;
  table.insert({"a", 1});
  table.insert({"a", 2});
  CHECK(code_of([&] {
          ets::select_replace(table, [](const entry& x) {
            return entry{x.value == 2 ? "b" : "a", 9};
          });
        })
        == badarg);
  CHECK(table.lookup("a") == std::vector<entry>{{"a", 1}, {"a", 2}});
}

TEST_CASE("replacements beside writers lose no row") {
  constexpr int rounds = 300;
  ets::owner<heap> table;
  std::atomic<bool> done{false};
  run_threads(3, [&](int id) {
    if (id == 0) {
      for (int i = 0; i < rounds; ++i)
        for (int key = 0; key < 5; ++key)
          table.insert({std::to_string(key), 1});
      done = true;
      return;
    }
    while (!done)
      ets::select_replace(table, [](const entry& x) {
        return entry{x.name, x.value + 2};
      });
  });
  CHECK(table.size() == 5 * rounds);
  CHECK(table.fold(true, [](bool all, const entry& x) {
    return all && x.value % 2 == 1;
  }));
}
