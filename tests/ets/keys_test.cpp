#include "actors/ets/table.hpp"

#include "tests/ets/heap.hpp"
#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

struct visit_row {
  std::string user;
  int page = 0;
  int count = 0;
};

using visits = ets::set<visit_row, &visit_row::user, &visit_row::page>;

std::string_view initial(const entry& x) {
  return std::string_view(x.name).substr(0, 1);
}

std::string suffix(const entry& x) {
  return "a suffix beyond the small string " + x.name;
}

using by_initial = ets::set<entry, &initial>;
using by_suffix = ets::set<entry, &suffix>;
using by_both = ets::set<entry, &initial, &entry::value>;

// A key position that is known at run time only.
using cells = std::vector<std::string>;

struct at_position {
  std::size_t position = 0;

  const std::string& operator()(const cells& x) const {
    return x.at(position);
  }
};

using cell_rows = ets::basic_set<cells, at_position>;

enum class color : std::uint8_t { red, green };

struct colored {
  color key{};
  int value = 0;
};

const std::string long_key = "a key that is too long for a small string";

} // namespace

TEST_CASE("reading allocates nothing") {
  ets::owner<entries> table;
  table.insert({long_key, 1});
  const auto r = table.reader();
  const std::string_view key = long_key;
  const heap_meter heap;
  int sum = 0;
  for (int i = 0; i < 10; ++i) {
    r.visit(key, [&](const entry& x) { sum += x.value; });
    r.visit("not there, and long as well, beyond fifteen", [](auto&) {});
    sum += r.member(long_key) ? 1 : 0;
    r.for_each([&](const entry& x) { sum += x.value; });
    const auto copy = r; // NOLINT: the copy is what is measured
    sum += static_cast<int>(copy.size());
  }
  CHECK(heap.allocations() == 0);
  CHECK(sum == 40);
}

TEST_CASE("composite keys are looked up by a tuple of views") {
  ets::owner<visits> table;
  table.insert({long_key, 1, 10});
  table.insert({long_key, 2, 20});
  table.insert({"b", 1, 30});
  CHECK(table.size() == 3);
  const std::string_view key = long_key;
  const heap_meter heap;
  int count = 0;
  const auto add = [&](const visit_row& x) { count += x.count; };
  const bool found = table.visit({key, 1}, add) && table.visit({key, 2}, add)
                     && !table.visit({key, 3}, add)
                     && !table.visit({"c", 1}, add);
  CHECK(heap.allocations() == 0);
  CHECK(found);
  CHECK(count == 30);
  CHECK(table.erase({"b", 1}) == 1);
  CHECK(table.update({long_key, 1}, [](visit_row x) {
    ++x.count;
    return x;
  }));
  CHECK(table.lookup({key, 1})->count == 11);
  CHECK_FALSE(table.insert_new({long_key, 2, 0}));
}

TEST_CASE("keys are members or named functions") {
  ets::owner<by_initial> initials;
  initials.insert({"apple", 1});
  initials.insert({"avocado", 2});
  CHECK(initials.size() == 1);
  CHECK(initials.lookup("a")->value == 2);
  ets::owner<by_suffix> suffixes;
  CHECK(suffixes.insert_new({"x", 1}));
  CHECK_FALSE(suffixes.insert_new({"x", 2}));
  CHECK(suffixes.lookup("a suffix beyond the small string x")->value == 1);
  ets::owner<by_both> both;
  both.insert({"apple", 1});
  both.insert({"avocado", 2});
  CHECK(both.lookup({"a", 2})->name == "avocado");
}

TEST_CASE("an extractor may have state") {
  ets::owner<cell_rows> first{{}, {0}};
  ets::owner<cell_rows> second{{}, {1}};
  for (const cells& x : {cells{"a", "b"}, cells{"c", "b"}}) {
    first.insert(x);
    second.insert(x);
  }
  CHECK(first.size() == 2);
  CHECK(second.size() == 1);
  CHECK(first.lookup("a") == cells{"a", "b"});
  CHECK(second.lookup("b") == cells{"c", "b"});
  CHECK_THROWS_AS(second.insert({"too short"}), std::out_of_range);
  CHECK(second.size() == 1);
}

TEST_CASE("numbers and enumerations are keys") {
  using colors = ets::set<colored, &colored::key>;
  ets::owner<colors> table;
  table.insert({color::red, 1});
  table.insert({color::green, 2});
  CHECK(table.lookup(color::green)->value == 2);
  ets::owner<tracked_set> numbers;
  for (std::uint64_t i = 0; i < 1000; ++i)
    numbers.insert({i << 40, i});
  for (std::uint64_t i = 0; i < 1000; ++i)
    REQUIRE(numbers.lookup(i << 40)->value.payload() == i);
}

TEST_CASE("an unnamed empty table takes at most 64 bytes") {
  const heap_meter heap;
  const ets::owner<entries> table;
  const auto bytes = heap.bytes(); // before Catch2 needs some
  CHECK(heap.allocations() == 1);
  CHECK(bytes <= 64);
  CHECK(table.info().bytes == bytes);
}

TEST_CASE("info counts the bytes of the table exactly") {
  ets::owner<tracked_set> warm_up;
  warm_up.insert({1, 1});
  const heap_meter heap;
  ets::owner<tracked_set> table;
  for (std::uint64_t i = 0; i < 300; ++i) {
    table.insert({i, i});
    REQUIRE(table.info().bytes == heap.bytes());
  }
  for (std::uint64_t i = 0; i < 300; ++i) {
    table.erase(i);
    REQUIRE(table.info().bytes == heap.bytes());
  }
  table.clear();
  REQUIRE(table.info().bytes == heap.bytes());
  table.close();
  const auto left = heap.bytes();
  CHECK(left == 0);
}
