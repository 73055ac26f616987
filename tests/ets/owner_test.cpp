#include "actors/ets/table.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace kv;
using namespace kv::test;

namespace {

using owner = ets::owner<entries>;

std::vector<std::string> names_of(const std::vector<ets::table_info>& tables) {
  std::vector<std::string> result;
  for (const auto& x : tables)
    result.push_back(x.name);
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

TEST_CASE("a renamed table is found by its new name only") {
  owner table{{.name = "old"}};
  table.insert({"a", 1});
  const auto r = ets::whereis<entries>("old");
  table.rename("new");
  CHECK(code_of([] { ets::whereis<entries>("old"); }) == no_such_table);
  CHECK(ets::whereis<entries>("new") == r);
  CHECK(r.lookup("a")->value == 1);
  CHECK(table.info().name == "new");
  SECTION("the old name is free") {
    const owner next{{.name = "old"}};
    CHECK(code_of([&] { table.rename("old"); }) == name_taken);
    CHECK(ets::whereis<entries>("new") == r);
    CHECK(ets::whereis<entries>("old") == next.reader());
  }
  SECTION("its own name is no clash") {
    table.rename("new");
    CHECK(ets::whereis<entries>("new") == r);
  }
  SECTION("a closed table has no name") {
    table.close();
    CHECK(code_of([&] { table.rename("x"); }) == no_such_table);
    CHECK(code_of([] { ets::whereis<entries>("new"); }) == no_such_table);
  }
}

TEST_CASE("the name of an unnamed table finds nothing") {
  const owner table;
  table.rename("described");
  CHECK(table.info().name == "described");
  CHECK_FALSE(table.info().named);
  CHECK(code_of([] { ets::whereis<entries>("described"); }) == no_such_table);
  const owner other;
  other.rename("described");
}

TEST_CASE("a walk goes on after its table was renamed") {
  owner table{{.name = "old"}};
  for (int i = 0; i < 100; ++i)
    table.insert({std::to_string(i), i});
  ets::cursor at{table.reader()};
  int seen = 0;
  const auto count = [&](const entry&) { ++seen; };
  at.walk(10, count);
  table.rename("new");
  while (at.walk(10, count)) {
    // next step
  }
  CHECK(seen == 100);
}

TEST_CASE("the heir gets the table when its owner ends") {
  std::optional<owner> heir;
  ets::reader<entries> r;
  {
    owner table{{.name = "inherited"}};
    table.insert({"a", 1});
    r = table.reader();
    table.set_heir([&](owner x) { heir.emplace(std::move(x)); });
    CHECK(table.info().has_heir);
    owner given{std::move(table)};
    CHECK_FALSE(heir);
  }
  REQUIRE(heir);
  CHECK(r.lookup("a")->value == 1);
  CHECK(ets::whereis<entries>("inherited") == r);
  CHECK_FALSE(heir->info().has_heir);
  heir.reset();
  CHECK_FALSE(r);
}

TEST_CASE("a closed table has no heir") {
  int told = 0;
  {
    owner table;
    table.set_heir([&](const owner&) { ++told; });
    table.close();
  }
  {
    const owner table;
    table.set_heir([&](const owner&) { ++told; });
    table.clear_heir();
  }
  CHECK(told == 0);
}

TEST_CASE("an assignment hands the old table to its heir") {
  int told = 0;
  owner table;
  table.set_heir([&](const owner& x) { told += x.is_open() ? 1 : 0; });
  table = owner{};
  CHECK(told == 1);
  CHECK_FALSE(table.info().has_heir);
}

TEST_CASE("an heir that fails does not get the table") {
  ets::reader<entries> r;
  {
    const owner table;
    r = table.reader();
    table.set_heir([](const owner&) { throw std::runtime_error("no room"); });
  }
  CHECK_FALSE(r);
}

TEST_CASE("the owner may change who gets a handle") {
  using ets::access;
  const owner table{{.name = "p", .access = access::private_}};
  CHECK(code_of([&] { table.reader(); }) == access_denied);
  table.set_access(access::public_);
  CHECK(ets::whereis_writer<entries>("p") == table);
  table.set_access(access::protected_);
  CHECK(code_of([] { ets::whereis_writer<entries>("p"); }) == access_denied);
  CHECK(table.info().access == access::protected_);
}

TEST_CASE("all tables with a name are listed") {
  const auto before = ets::all().size();
  const owner a{{.name = "a"}};
  const ets::owner<tracked_set> b{{.name = "b"}};
  const ets::owner<ets::ordered_set<entry, &entry::name>> c{{.name = "c"}};
  const owner unnamed;
  a.insert({"x", 1});
  const auto tables = ets::all();
  CHECK(tables.size() == before + 3);
  CHECK(names_of(tables) == std::vector<std::string>{"a", "b", "c"});
  for (const auto& x : tables) {
    CHECK(x.size == (x.name == "a" ? 1 : 0));
    CHECK(to_string(x.kind) == (x.name == "c" ? "ordered_set" : "set"));
  }
  std::ostringstream out;
  ets::list_tables(out);
  const auto text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n')
        == static_cast<std::ptrdiff_t>(before) + 4);
  CHECK(text.find(" ordered_set") != std::string::npos);
  CHECK(text.find(" protected a\n") != std::string::npos);
}
