// New contents in one step, in tables of all kinds.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/ets/threads.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using ordered = ets::ordered_set<entry, &entry::name>;
using bag = ets::bag<entry, &entry::name>;
using heap = ets::duplicate_bag<entry, &entry::name>;

std::vector<entry> numbered(int from, int to) {
  std::vector<entry> result;
  for (int i = from; i < to; ++i)
    result.push_back({std::to_string(i), i});
  return result;
}

template <class T>
std::multiset<int> values(const ets::owner<T>& table) {
  std::multiset<int> result;
  table.for_each([&result](const entry& x) { result.insert(x.value); });
  return result;
}

using tracked_tree = ets::ordered_set<tracked, &tracked::key>;
using tracked_heap = ets::duplicate_bag<tracked, &tracked::key>;

} // namespace

TEMPLATE_TEST_CASE("an assignment puts rows in place of all others", "",
                   entries, ordered, bag, heap) {
  for (const int before : {0, 3, 2000})
    for (const int now : {0, 5, 12, 13, 3000}) {
      ets::owner<TestType> table;
      table.insert_many(numbered(0, before));
      table.assign(numbered(1, 1 + now));
      REQUIRE(table.size() == static_cast<std::size_t>(now));
      REQUIRE(table.info().size == table.size());
      REQUIRE_FALSE(table.member("0"));
      for (int i = 1; i < 1 + now; ++i)
        REQUIRE(table.member(std::to_string(i)));
      table.insert({"new", -1}); // it goes on as any table does
      REQUIRE(table.erase("new") == 1);
      REQUIRE(values(table).size() == static_cast<std::size_t>(now));
    }
}

TEST_CASE("of rows assigned with one key, a table keeps what it would insert") {
  const std::vector<entry> rows{{"a", 1}, {"b", 2}, {"a", 3}, {"a", 3}};
  const auto assigned = [&rows](auto& table) {
    table.insert({"z", 9});
    table.assign(rows);
    return values(table);
  };
  ets::owner<entries> set;
  CHECK(assigned(set) == std::multiset<int>{2, 3});
  ets::owner<ordered> tree;
  CHECK(assigned(tree) == std::multiset<int>{2, 3});
  ets::owner<bag> different;
  CHECK(assigned(different) == std::multiset<int>{1, 2, 3});
  ets::owner<heap> all;
  CHECK(assigned(all) == std::multiset<int>{1, 2, 3, 3});
}

TEMPLATE_TEST_CASE("readers see an assignment whole", "", tracked_set,
                   tracked_tree, tracked_heap) {
  constexpr std::uint64_t rows = 300;
  constexpr std::uint64_t rounds = 200;
  const auto contents = [](std::uint64_t round) {
    std::vector<tracked> result;
    for (std::uint64_t i = 0; i < rows; ++i)
      result.emplace_back(i, round);
    return result;
  };
  {
    ets::owner<TestType> table;
    table.assign(contents(0));
    std::atomic<int> wrong{0};
    std::atomic<bool> done{false};
    run_threads(3, [&](int id) {
      if (id == 0) {
        for (std::uint64_t i = 1; i <= rounds; ++i)
          table.assign(contents(i));
        done = true;
        return;
      }
      std::uint64_t last = 0;
      for (std::uint64_t key = 0; !done; key = (key + 7) % rows) {
        const auto seen = table.visit(key, [&](const tracked& x) {
          // No key is ever older than one that was read before it.
          wrong += x.value.intact() && x.value.payload() >= last ? 0 : 1;
          last = x.value.payload();
        });
        wrong += seen == 1 ? 0 : 1;
      }
    });
    CHECK(wrong == 0);
    CHECK(table.size() == rows);
  }
  CHECK(witness::alive == 0);
}

TEST_CASE("an assignment that fails changes nothing") {
  ets::owner<entries> table;
  table.insert({"a", 1});
  auto other = std::move(table);
  CHECK(code_of([&] { table.assign({{"b", 2}}); }) == no_such_table);
  CHECK(values(other) == std::multiset<int>{1});
  other.close();
  CHECK(code_of([&] { other.assign({{"b", 2}}); }) == no_such_table);
}
