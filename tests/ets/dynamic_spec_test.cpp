// Terms, patterns and match specifications of dynamic rows.
#include "actors/ets/dynamic/match_spec.hpp"

#include "tests/ets/rows.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace kv;
using namespace kv::test;
using ets::dynamic::match_spec;
using ets::dynamic::row;
using ets::dynamic::term;

namespace {

term parse(const std::string& text) {
  return term::parse(text);
}

int way(const term& x, const term& y) {
  const auto result = ets::dynamic::compare(x, y);
  return result < 0 ? -1 : result > 0 ? 1 : 0;
}

// What a body makes of a row.
term value_of(const std::string& body, const std::string& fields = "[1, 2]") {
  const auto spec
    = match_spec::compile(parse(R"([["$1", [], [)" + body + "]]]"));
  return spec.run(row{parse(fields)}).value_or("no match");
}

bool matches(const std::string& head, const std::string& fields) {
  return match_spec::match(parse(head)).run(row{parse(fields)}).has_value();
}

// The text of the error that compiling gives.
std::string mistake(const std::string& source) {
  try {
    match_spec::compile(parse(source));
  } catch (const ets::error& e) {
    return e.what();
  }
  return "none";
}

} // namespace

TEST_CASE("terms are ordered as in Erlang") {
  const auto terms = parse(R"([-1.5, 1, 1.5, 2, false, null, true, {}, {"a": 1},
    {"b": 0}, {"a": 0, "b": 0}, [], [1], [1, 0], [2], "", "a", "aa", "b"])");
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t j = 0; j < terms.size(); ++j) {
      CAPTURE(terms[i], terms[j]);
      CHECK((way(terms[i], terms[j]) < 0) == (i < j));
      CHECK(ets::dynamic::identical(terms[i], terms[j]) == (i == j));
      if (i < j)
        CHECK(ets::dynamic::head(terms[i]) <= ets::dynamic::head(terms[j]));
    }
}

TEST_CASE("1 and 1.0 are equal but not identical") {
  using namespace ets::dynamic;
  CHECK(way(1, 1.0) == 0);
  CHECK_FALSE(identical(1, 1.0));
  CHECK(identical(1, 1U));
  CHECK(hash(1) == hash(1U));
  CHECK(identical(0.0, -0.0));
  CHECK(hash(0.0) == hash(-0.0));
  CHECK(way(parse("[1, {\"a\": 2}]"), parse("[1.0, {\"a\": 2.0}]")) == 0);
  CHECK_FALSE(identical(parse("{\"a\": 2}"), parse("{\"a\": 2.0}")));
}

TEST_CASE("integers and floats are compared exactly") {
  using namespace ets::dynamic;
  constexpr auto big = std::int64_t{1} << 53;
  CHECK(way(big + 1, static_cast<double>(big)) > 0);
  CHECK(way(static_cast<double>(big), big + 1) < 0);
  CHECK(way(INT64_MAX, 9223372036854775808.0) < 0);
  CHECK(way(INT64_MIN, -9223372036854775808.0) == 0);
  CHECK(way(-1, -1.5) > 0);
  CHECK(way(3, 1e300) < 0);
}

TEST_CASE("a row is an array of terms") {
  CHECK(row{parse("[1]")}.size() == 1);
  for (const auto* bad : {"[]", "1", "{}", "\"a\"", "[9223372036854775808]"})
    CHECK(code_of([bad] { row{parse(bad)}; }) == badarg);
  CHECK(code_of([] { row{parse(std::string(80, '[') + std::string(80, ']'))}; })
        == badarg);
  CHECK(row{parse("[1, \"a\"]")} == row{parse("[1, \"a\"]")});
  CHECK_FALSE(row{parse("[1]")} == row{parse("[1.0]")});
}

TEST_CASE("a head is a pattern") {
  CHECK(matches(R"("_")", "[1]"));
  CHECK(matches(R"("$1")", "[1]"));
  CHECK(matches(R"(["_", "$1"])", "[1, 2]"));
  CHECK_FALSE(matches(R"(["_"])", "[1, 2]"));
  CHECK(matches(R"(["$1", "$1"])", "[1, 1]"));
  CHECK_FALSE(matches(R"(["$1", "$1"])", "[1, 1.0]"));
  CHECK(matches(R"([[1, "_"]])", "[[1, 2]]"));
  CHECK_FALSE(matches(R"([[1, "_"]])", "[[1, 2, 3]]"));
  CHECK(matches(R"([{"a": "$1"}])", R"([{"a": 1, "b": 2}])"));
  CHECK_FALSE(matches(R"([{"c": "_"}])", R"([{"a": 1, "b": 2}])"));
  CHECK(matches(R"([{"const": "_"}])", R"(["_"])"));
  CHECK_FALSE(matches(R"([{"const": "_"}])", "[1]"));
  CHECK(matches(R"([{"map": {"const": 1}}])", R"([{"const": 1}])"));
  CHECK_FALSE(matches("7", "[7]"));
  CHECK(match_spec::match(parse(R"(["$9", "$2"])")).run(row{parse("[1, 2]")})
        == parse("[2, 1]"));
  CHECK(match_spec::match_object(parse(R"(["_"])")).run(row{parse("[1]")})
        == parse("[1]"));
  CHECK(match_spec::match_delete(parse(R"(["_"])")).is_true(row{parse("[1]")}));
}

TEST_CASE("bodies build and compute") {
  CHECK(value_of(R"("$_")") == parse("[1, 2]"));
  CHECK(value_of(R"("$$")") == parse("[[1, 2]]"));
  CHECK(value_of(R"({"tuple": ["$1", 3]})") == parse("[[1, 2], 3]"));
  CHECK(value_of(R"({"list": [["+", 1, 2]]})") == parse("[3]"));
  CHECK(value_of(R"({"x": ["element", 2, "$_"]})") == parse(R"({"x": 2})"));
  CHECK(value_of(R"({"map": {"const": 1}})") == parse(R"({"const": 1})"));
  CHECK(value_of(R"({"const": ["+", 1, 2]})") == parse(R"(["+", 1, 2])"));
  CHECK(value_of("1, 2, 3") == 3);
  CHECK(value_of(R"(["div", -7, 2])") == -3);
  CHECK(value_of(R"(["rem", -7, 2])") == -1);
  CHECK(value_of(R"(["/", 1, 2])") == 0.5);
  CHECK(value_of(R"(["round", -2.5])") == -3);
  CHECK(value_of(R"(["trunc", -2.5])") == -2);
  CHECK(value_of(R"(["bsl", 1, -1])") == 0);
  CHECK(value_of(R"(["size", "$_"])") == 2);
  CHECK(value_of(R"(["is_tuple", "$_"])") == true);
  CHECK(value_of(R"(["is_tuple", {"list": []}])") == false);
  CHECK(value_of(R"(["map_get", "a", {"const": {"a": 7}}])") == 7);
  CHECK(value_of(R"(["tl", {"list": [1, 2]}])") == parse("[2]"));
}

TEST_CASE("a specification runs on a list of rows") {
  const auto spec = match_spec::compile(
    parse(R"([[["$1", "_"], [[">", "$1", 1]], [{"tuple": ["$1", "big"]}]]])"));
  const std::vector<row> rows{row{parse("[1, 0]")}, row{parse("[3, 0]")},
                              row{parse("[2]")}, row{parse("[2, 0]")}};
  CHECK(spec.run_on(rows)
        == std::vector<term>{parse(R"([3, "big"])"), parse(R"([2, "big"])")});
  CHECK(spec.run_on({}).empty());
}

TEST_CASE("a call that fails is EXIT in a body, false in a guard") {
  CHECK(value_of(R"(["div", 1, 0])") == "EXIT");
  CHECK(value_of(R"({"list": [["div", 1, 0], 2]})") == parse(R"(["EXIT", 2])"));
  CHECK(value_of(R"(["is_atom", ["div", 1, 0]])") == true);
  CHECK(value_of(R"(["and", false, ["div", 1, 0]])") == "EXIT");
  CHECK(value_of(R"(["andalso", false, ["div", 1, 0]])") == false);
  CHECK(value_of(R"(["andalso", true, 5])") == 5);
  CHECK(value_of(R"(["+", 9223372036854775807, 1])") == "EXIT");
  CHECK(value_of(R"(["abs", -9223372036854775808])") == "EXIT");
  CHECK(value_of(R"(["div", -9223372036854775808, -1])") == "EXIT");
  CHECK(value_of(R"(["rem", -9223372036854775808, -1])") == 0);
  const auto spec = match_spec::compile(parse(R"([
    [["$1", "_"], [["is_atom", ["hd", "$1"]]], ["guarded"]],
    [["$1", "_"], [], ["other"]]])"));
  CHECK(spec.run(row{parse("[1, 2]")}) == "other");
}

TEST_CASE("mistakes in a specification are named with their place") {
  CHECK(mistake("{}")
        == "ets: bad argument: match specification: is not an "
           "array of clauses");
  CHECK(mistake("[[1, 2]]")
        == "ets: bad argument: /0: a clause is [head, guards, body]");
  CHECK(mistake(R"([["_", [], []]])")
        == "ets: bad argument: /0/2: a body has at least one expression");
  CHECK(mistake(R"([["_", [], ["$1"]]])")
        == "ets: bad argument: /0/2/0: variable $1 is not in the head");
  CHECK(mistake(R"([["_", [], [1]], ["_", [["+", ["foo"], 1]], [1]]])")
        == "ets: bad argument: /1/1/0/1: unknown function foo");
  CHECK(mistake(R"([["_", [["abs", 1, 2]], [1]]])")
        == "ets: bad argument: /0/1/0: abs does not take 2 arguments");
  CHECK(mistake(R"([["_", [["andalso"]], [1]]])")
        == "ets: bad argument: /0/1/0: andalso needs an argument");
  CHECK(mistake(R"([["_", [], [[1, 2]]]])")
        == "ets: bad argument: /0/2/0: a call begins with the name of a "
           "function; a list is written {\"list\": [...]}");
  CHECK(mistake("[]") == "none");
  const auto deep = "[[\"_\", [], [" + std::string(70, '[') + "1"
                    + std::string(70, ']') + "]]]";
  CHECK(code_of([&] { match_spec::compile(parse(deep)); })
        == static_cast<int>(ets::errc::system_limit));
}
