// When rows are destroyed: never while a reader can hold them, and soon after.
#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

// A thread that stays inside a visit until it is told to leave.
class visiting_thread {
public:
  explicit visiting_thread(const ets::reader<tracked_set>& table,
                           std::uint64_t key)
    : thread_([this, table, key] {
        table.visit(key, [this](const tracked& x) {
          inside_.count_down();
          leave_.wait();
          intact_ = x.value.intact();
        });
      }) {
    inside_.wait();
  }

  /// Returns whether the row was intact to the end.
  bool leave() {
    leave_.count_down();
    thread_.join();
    return intact_;
  }

private:
  std::latch inside_{1};
  std::latch leave_{1};
  bool intact_ = false;
  std::thread thread_;
};

} // namespace

TEST_CASE("rows of a small table are destroyed before the write returns") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  for (std::uint64_t i = 0; i < 8; ++i) {
    table.insert({i, 1});
    table.insert({i, 2});
  }
  CHECK(witness::alive == 8);
  table.erase(0);
  CHECK(witness::alive == 7);
  table.take(1);
  CHECK(witness::alive == 6);
  table.erase_if(2, [](const tracked&) { return true; });
  CHECK(witness::alive == 5);
  table.update(3, [](const tracked& x) { return x; });
  CHECK(witness::alive == 5);
  CHECK_FALSE(table.insert_new({3, 3}));
  CHECK(witness::alive == 5);
  CHECK(table.info().retired == 0);
  table.clear();
  CHECK(witness::alive == 0);
}

TEST_CASE("batches look at no row that went while the table was growing") {
  constexpr int rows = 11 * 3072; // one more, and the table begins to grow
  ets::owner<entries> table;
  for (int i = 0; i < rows; ++i)
    table.insert({std::to_string(i), i});
  std::vector<std::string> gone;
  for (int i = 0; i < 400; ++i) {
    table.insert({std::to_string(rows + i), i});
    if (i % 2 == 0)
      continue;
    gone.push_back(std::to_string(i * 83));
    REQUIRE(table.erase(gone.back()) == 1);
    const std::vector<std::string_view> keys(gone.begin(), gone.end());
    REQUIRE(table.visit_many(keys, [](auto, const entry&) {}) == 0);
  }
}

TEST_CASE("large tables keep few removed rows") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  for (std::uint64_t i = 0; i < 5000; ++i)
    table.insert({i, 1});
  for (std::uint64_t i = 0; i < 5000; ++i) {
    table.insert({i, 2});
    REQUIRE(witness::alive <= 5000 + 64);
  }
  for (std::uint64_t i = 0; i < 5000; ++i) {
    table.erase(i);
    REQUIRE(table.info().retired <= 64);
  }
  CHECK(witness::alive == 0);
  table.insert({1, 1});
  table.close();
  CHECK(witness::alive == 0);
}

TEST_CASE("what an ended thread has removed is destroyed by others") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  for (std::uint64_t i = 0; i < 5000; ++i)
    table.insert({i, 1});
  std::thread{[&] {
    for (std::uint64_t i = 0; i < 50; ++i)
      table.erase(i);
  }}.join();
  // One sweep, and 14 rows for the next one.
  for (std::uint64_t i = 50; i < 50 + 64 + 14; ++i)
    table.erase(i);
  CHECK(table.info().retired <= 14);
}

TEST_CASE("failed writes leave no row behind") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  CHECK(code_of([&] {
          table.update(1, [](const tracked&) { return tracked{2, 2}; });
        })
        == badarg);
  const auto w = table.writer();
  table.close();
  CHECK(code_of([&] { w.insert({1, 1}); }) == no_such_table);
  CHECK(witness::alive == 0);
}

TEST_CASE("rows removed inside a visit live until its end") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  table.insert({2, 2});
  table.visit(1, [&](const tracked& x) {
    table.visit(2, [&](const tracked& y) {
      table.erase(1);
      table.insert({2, 3});
      table.clear();
      CHECK(x.value.intact());
      CHECK(y.value.intact());
    });
    CHECK(x.value.intact());
    CHECK(witness::alive == 3);
    CHECK(table.info().retired == 3);
  });
  CHECK(witness::alive == 0);
  CHECK(table.info().retired == 0);
}

TEST_CASE("erase does not wait for readers, who keep what they see") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  visiting_thread visitor{table.reader(), 1};
  table.erase(1);
  for (std::uint64_t i = 2; i < 50; ++i) {
    table.insert({i, 1});
    table.insert({i, 2});
  }
  CHECK(witness::alive == 48 + 1 + 48);
  CHECK(visitor.leave());
  for (std::uint64_t i = 0; i < 48 / 8; ++i)
    table.insert({2, 3 + i});
  CHECK(witness::alive < 48 + 8);
  table.close();
  CHECK(witness::alive == 0);
}

TEST_CASE("what a reader holds is not asked for at every removal") {
  ets::owner<tracked_set> visited;
  visited.insert({1, 1});
  visiting_thread visitor{visited.reader(), 1};
  ets::detail::retired_list sut;
  std::vector<ets::detail::link> removed(4000);
  auto collections = 0;
  for (auto& x : removed) {
    sut.retire(&x, ets::detail::retired_kind::node);
    if (!sut.due(1000))
      continue;
    ++collections;
    REQUIRE(sut.collect() == ets::detail::retired_list::batch{});
  }
  CHECK(collections == 4000 / 64);
  CHECK(visitor.leave());
  std::vector<ets::detail::link> more(64 - 4000 % 64);
  for (auto& x : more)
    sut.retire(&x, ets::detail::retired_kind::node);
  REQUIRE(sut.due(1000));
  CHECK(sut.collect()[0] != 0);
}

TEST_CASE("a visit of one table keeps the rows of all") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> visited;
  ets::owner<tracked_set> table;
  visited.insert({1, 1});
  table.insert({1, 1});
  visiting_thread visitor{visited.reader(), 1};
  table.insert({1, 2});
  CHECK(table.info().retired == 1);
  CHECK(visitor.leave());
  table.insert({1, 3});
  CHECK(table.info().retired == 0);
}

TEST_CASE("the destructor of a row may use any table") {
  ets::owner<loaded_set> table;
  ets::owner<tracked_set> other;
  const auto w = table.writer();
  std::vector<std::size_t> sizes;
  const auto use_tables = [&] {
    sizes.push_back(w.size());
    w.insert({100});
    other.insert({1, 1});
    other.erase(1);
  };
  table.insert({1, at_end{use_tables}});
  CHECK(sizes.empty());
  table.insert({1});
  CHECK(sizes == std::vector<std::size_t>{1});
  table.insert({2, at_end{use_tables}});
  table.erase(2);
  table.insert({3, at_end{use_tables}});
  table.clear();
  CHECK(sizes == std::vector<std::size_t>{1, 2, 0});
  int ended = 0;
  table.insert({4, at_end{[&] {
                  ++ended;
                  CHECK_FALSE(w);
                  CHECK(code_of([&] { w.size(); }) == no_such_table);
                  other.close();
                }}});
  table.close();
  CHECK(ended == 1);
  CHECK_FALSE(other.is_open());
}

TEST_CASE("a row may own a table of its own kind") {
  struct nested {
    int key = 0;
    std::shared_ptr<void> inner{};
  };
  using nested_set = ets::basic_set<nested, ets::key_of<&nested::key>>;
  std::shared_ptr<void> chain;
  for (int i = 0; i < 100; ++i) {
    auto table = std::make_shared<ets::owner<nested_set>>();
    table->insert({1, std::move(chain)});
    chain = table;
  }
  const std::weak_ptr<void> watch = chain;
  chain.reset();
  CHECK(watch.expired());
}

TEST_CASE("threads and tables may end in any order") {
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  CHECK_FALSE(table.member(1)); // gives this thread its record
  ets::detail::epoch_record* first = nullptr;
  for (std::uint64_t i = 0; i < 50; ++i) {
    std::optional<ets::owner<tracked_set>> made;
    ets::detail::epoch_record* record = nullptr;
    std::thread{[&] {
      made.emplace();
      made->insert({i, i});
      table.insert({1, i});
      table.visit(1,
                  [&](const tracked&) { record = ets::detail::this_record; });
    }}.join();
    if (first == nullptr)
      first = record;
    REQUIRE(record == first); // records of ended threads are taken over
    REQUIRE(made->lookup(i)->value.payload() == i);
  }
  CHECK(witness::alive == 1);
}

TEST_CASE("tables work in the destructors of thread-local objects") {
  struct late {
    ets::writer<tracked_set> table;

    ~late() {
      if (!table)
        return;
      table.insert({2, 2});
      table.insert({3, 3});
      table.visit(1, [this](const tracked&) { table.erase(2); });
    }
  };
  REQUIRE(witness::alive == 0);
  ets::owner<tracked_set> table;
  table.insert({1, 1});
  for (int i = 0; i < 3; ++i)
    std::thread{[&] {
      thread_local late at_exit; // made before the thread has a record
      at_exit.table = table.writer();
      table.member(1);
    }}.join();
  CHECK(table.size() == 2);
  CHECK(table.info().retired == 0);
  CHECK(witness::alive == 2);
}
