#include "actors/ets/dynamic/any_table.hpp"

#include "actors/ets/dynamic/select.hpp"
#include "actors/ets/owner.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;
using ets::dynamic::any_table;
using ets::dynamic::match_spec;
using ets::dynamic::term;

namespace {

term args(const std::string& text) {
  return term::parse(text);
}

constexpr auto system_limit = static_cast<int>(ets::errc::system_limit);

} // namespace

TEST_CASE("a dynamic table is used by the names of ETS") {
  any_table table{{.common = {.name = "shell"}, .key_position = 2}};
  CHECK(table.call("insert", args(R"([["ann", 1]])")) == true);
  CHECK(table.call("insert_many", args(R"([[["bob", 2], ["cid", 3]]])"))
        == true);
  CHECK(table.call("insert_new", args(R"([["x", 3]])")) == false);
  CHECK(table.call("lookup", args("[3]")) == args(R"([["cid", 3]])"));
  CHECK(table.call("lookup", args("[3.0]")) == args("[]"));
  CHECK(table.call("match", args(R"([["$1", 2]])")) == args(R"([["bob"]])"));
  CHECK(table.call("update_element", args(R"([2, [1, "bea"]])")) == true);
  CHECK(table.call("lookup_element", args("[2, 1]")) == "bea");
  CHECK(table.call("take", args("[2]")) == args(R"([["bea", 2]])"));
  CHECK(table.call("info", args(R"(["size"])")) == 2);
  const auto info = table.call("info", args("[]"));
  CHECK(info["name"] == "shell");
  CHECK(info["type"] == "set");
  CHECK(info["keypos"] == 2);
  CHECK(info["protection"] == "protected");
  CHECK(table.call("rename", args(R"(["bash"])")) == "bash");
  CHECK(table.call("info", args(R"(["name"])")) == "bash");
}

TEST_CASE("a table found by hash is walked from key to key") {
  any_table table{{.kind = ets::kind::bag}};
  CHECK(table.call("first", args("[]")) == "$end_of_table");
  CHECK(table.call("init_table", args("[[[1, 2], [1, 3], [2, 1]]]")) == true);
  const auto first = table.call("first", args("[]"));
  CHECK(table.call("last", args("[]")) == first);
  CHECK(table.call("next", term::array({first})) == 3 - first.get<int>());
  CHECK(table.call("next", term::array({3 - first.get<int>()}))
        == "$end_of_table");
}

TEST_CASE("a dynamic table refuses what it cannot do") {
  any_table table{{}};
  const auto code = [&](const char* function, const char* with) {
    return code_of([&] { table.call(function, args(with)); });
  };
  CHECK(code("frobnicate", "[]") == badarg);
  CHECK(code("insert", "[]") == badarg);
  CHECK(code("insert", "[[1], [2]]") == badarg);
  CHECK(code("insert", "{}") == badarg);
  CHECK(code("insert", "[1]") == badarg);
  CHECK(code("insert", "[[]]") == badarg);
  CHECK(code("insert_many", "[[[1], []]]") == badarg);
  CHECK(table.call("info", args(R"(["size"])")) == 0);
  CHECK(code("init_table", "[[[1], []]]") == badarg);
  CHECK(code("next", "[]") == badarg);
  CHECK(code("info", R"(["nonsense"])") == badarg);
  CHECK(code("lookup_element", "[1, 1]") == badarg);
  CHECK(code("lookup_element", "[1, -1]") == badarg);
  CHECK(code("update_counter", "[1, 1]") == badarg);
  CHECK(code("rename", "[1]") == badarg);
  CHECK(code_of([] { any_table{{.key_position = 0}}; }) == badarg);
  any_table second{{.key_position = 2}};
  CHECK(code_of([&] { second.call("insert", args("[[1]]")); }) == badarg);
}

TEST_CASE("counters of 64 bits do not wrap") {
  any_table table{{}};
  table.call("insert", args("[[1, 9223372036854775806]]"));
  CHECK(table.call("update_counter", args("[1, 1]")) == INT64_MAX);
  CHECK(code_of([&] { table.call("update_counter", args("[1, 1]")); })
        == system_limit);
  CHECK(code_of(
          [&] { table.call("update_counter", args("[1, [[2, -1], [2, 2]]]")); })
        == system_limit);
  CHECK(table.call("lookup_element", args("[1, 2]")) == INT64_MAX);
  CHECK(
    table.call("update_counter", args("[1, [2, 1, 9223372036854775807, 0]]"))
    == 0);
  CHECK(
    code_of([&] { table.call("insert", args("[[1, 9223372036854775808]]")); })
    == badarg);
}

TEST_CASE("1 and 1.0 are two keys of a set, one of an ordered set") {
  for (const auto kind : {ets::kind::set, ets::kind::ordered_set}) {
    any_table table{{.kind = kind}};
    table.call("insert", args("[[1]]"));
    table.call("insert", args("[[1.0]]"));
    const std::size_t keys = kind == ets::kind::set ? 2 : 1;
    CHECK(table.call("info", args(R"(["size"])")) == keys);
    CHECK(table.call("member", args("[1]")) == true);
    CHECK(table.call("lookup", args("[1]"))[0][0].is_number_float()
          == (keys == 1));
  }
}

TEST_CASE("a selection goes on where it stopped") {
  for (const bool reverse : {false, true}) {
    any_table table{{.kind = ets::kind::ordered_set}};
    for (int i = 0; i < 10; ++i)
      table.call("insert", term::array({term::array({i})}));
    const auto at = table.select(match_spec::match(args(R"(["$1"])")), reverse);
    CHECK(at->next(4)
          == (reverse ? std::vector<term>{{9}, {8}, {7}, {6}}
                      : std::vector<term>{{0}, {1}, {2}, {3}}));
    table.call("delete", args("[5]"));
    table.call("rename", args(R"(["renamed"])"));
    const auto more = at->next(100);
    CHECK(more.size() == 5);
    CHECK(at->done());
    CHECK(at->next(1).empty());
    CHECK(code_of([&] { at->next(0); }) == badarg);
  }
}

TEST_CASE("a selection of a table that ends says so") {
  std::unique_ptr<ets::dynamic::selection> at;
  {
    any_table table{{}};
    table.call("insert", args("[[1]]"));
    at = table.select(match_spec::match(args(R"("_")")));
  }
  CHECK(code_of([&] { at->next(1); }) == no_such_table);
}

TEST_CASE("a pattern with the beginning of a key walks these keys only") {
  namespace dynamic = ets::dynamic;
  const ets::owner<dynamic::ordered_set> table;
  for (const auto* key : {"[]", "[1]", "[1, 2]", "[1.0, 3]", "[1, 2, 3]", "[2]",
                          "[2, 1]", "1", "\"a\""})
    table.insert(dynamic::row{term::array({args(key)})});
  const auto seen = [&](const char* head) {
    int result = 0;
    dynamic::detail::walk(table, match_spec::match(args(head)),
                          [&](const dynamic::row&) { ++result; });
    return result;
  };
  CHECK(seen(R"([[1, "$1"]])") == 4);
  CHECK(seen(R"([[1, 2, "_"]])") == 2);
  CHECK(seen(R"([[3, "_"]])") == 0);
  CHECK(seen(R"([["_", 2]])") == 9);
  CHECK(dynamic::select(table, match_spec::match(args(R"([[1, "$1"]])")))
        == std::vector<term>{term::array({2})});
}
