#include "tests/ets/erlang_specs.hpp"

#include <utility>

namespace kv::test {

using nlohmann::json;

json spec_source::pattern_field() {
  switch (below(8)) {
    case 0:
      return key();
    case 1:
      return "_";
    case 2:
      return chance(30)
               ? json::array({1, one_of("$1", 2, "_")})
               : json::array({one_of("$1", "$2", "_"), one_of("$1", 1, "_")});
    case 3:
      return {{"a", one_of("$1", "_", 1)}};
    default:
      return one_of("$1", "$2", "$1", "$3", "$10");
  }
}

json spec_source::pattern() {
  if (chance(5))
    return one_of("_", "$1", "$2", 7, "a");
  auto result = json::array();
  for (auto n = 1 + below(3); n != 0; --n)
    result.push_back(pattern_field());
  if (chance(20))
    result[below(static_cast<unsigned>(result.size()))] = key();
  return result;
}

json spec_source::number(int depth) {
  if (depth == 0 || chance(50))
    return chance(50) ? json("$1")
                      : json(one_of(0, 1, 2, 3, 1.5, "$2", "$1", -4));
  if (chance(10))
    return json::array({one_of("bsl", "bsr"), number(0), one_of(0, 1, 3, -2)});
  const auto f = one_of("+", "-", "*", "div", "rem", "band", "bor", "bxor",
                        "/");
  return json::array({f, number(depth - 1), number(depth - 1)});
}

json spec_source::guard() {
  switch (below(6)) {
    case 0:
      return json::array(
        {one_of("is_integer", "is_float", "is_number", "is_binary", "is_list",
                "is_map", "is_atom", "is_tuple", "is_pid", "is_function"),
         one_of("$1", "$2", "$_")});
    case 1:
      return json::array(
        {one_of("and", "or", "andalso", "orelse", "xor"), guard(), guard()});
    case 2:
      return json::array({"not", guard()});
    case 3:
      return one_of(true, false, "$1");
    default:
      return json::array(
        {one_of(">", ">=", "<", "=<", "==", "/=", "=:=", "=/="), number(1),
         chance(50) ? number(2) : json("$2")});
  }
}

json spec_source::expression() {
  switch (below(12)) {
    case 0:
      return "$_";
    case 1:
      return "$$";
    case 2:
      return {{"tuple", json::array({expression(), expression()})}};
    case 3:
      return {{"list", json::array({expression(), number(1)})}};
    case 4:
      return {{"x", expression()}};
    case 5:
      return json::array(
        {one_of("abs", "round", "trunc", "hd", "tl", "length", "size",
                "byte_size", "bit_size", "map_size", "bnot", "-", "+"),
         one_of("$1", "$2", "$_", 2.5, -0.5)});
    case 6:
      return json::array({"element", one_of(1, 2, 3, 0, "$1"), "$_"});
    case 7:
      return json::array(
        {one_of("map_get", "is_map_key"), one_of("a", "b", 1), "$2"});
    case 8:
      return {{"const", key()}};
    case 9:
      return guard();
    default:
      return number(2);
  }
}

json spec_source::spec() {
  auto result = json::array();
  for (auto n = 1 + (chance(20) ? below(3) : 0); n != 0; --n) {
    auto guards = json::array();
    for (auto m = below(3); m != 0; --m)
      guards.push_back(guard());
    auto head = pattern();
    // Most variables that guards and bodies use are there.
    if (head.is_array() && chance(90))
      head = json::array({"$1", "$2"});
    if (head.is_array() && head.size() == 2 && chance(20))
      head.push_back("_");
    result.push_back(json::array(
      {std::move(head), std::move(guards), json::array({expression()})}));
  }
  if (chance(2))
    result[0][2] = json::array();
  if (chance(2))
    result[0][1].push_back(json::array({one_of("foo", "abs", "andalso")}));
  return result;
}

// What it stores is no failure, which is an atom there and a text here, and
// does not grow when it is done again.
json spec_source::replacing_spec() {
  auto result = spec();
  for (auto& clause : result) {
    auto& body = clause[2];
    if (body.empty())
      continue;
    const auto key = chance(70)
                       ? json("$1")
                       : json::array({"element", one_of(1, 1, 2), "$_"});
    body[0] = chance(30)   ? json("$_")
              : chance(10) ? json("$1")
                           : json{{"tuple", json::array({key, "$2"})}};
    if (body[0].is_object() && chance(50))
      body[0]["tuple"].push_back({{"const", field()}});
    if (body[0].is_object() && chance(50))
      body[0]["tuple"][1] = json::array({"is_integer", "$2"});
  }
  return result;
}

} // namespace kv::test
