#include "tests/ets/erlang_operations.hpp"

#include <utility>

namespace kv::test {

using nlohmann::json;

json operation_source::key() {
  switch (below(12)) {
    case 0:
      return one_of(1.0, 2.0, 2.5, -1.5);
    case 1:
      return one_of("a", "b", "key", "key3");
    case 2:
      return one_of(nullptr, true, false);
    case 3:
      return json::parse(
        one_of("[]", "[1]", "[1, 2]", "[1.0]", "[\"a\"]").get<std::string>());
    case 4:
      return json::parse(
        one_of("{}", R"({"a": 1})", R"({"a": 1.0})", R"({"b": [1]})")
          .get<std::string>());
    default:
      return below(10);
  }
}

json operation_source::field() {
  return chance(60) ? json(static_cast<int>(below(20)) - 5) : key();
}

json operation_source::row() {
  auto result = json::array();
  result.push_back(key());
  for (auto n = chance(90) ? 1 + below(3) : 0; n != 0; --n)
    result.push_back(chance(30) ? key() : field());
  return result;
}

json operation_source::rows() {
  auto result = json::array();
  for (auto n = 1 + below(5); n != 0; --n)
    result.push_back(row());
  return result;
}

// ETS has cleared the table when it finds a row without a key.
json operation_source::rows_with_keys() {
  auto result = json::array();
  for (auto n = below(30); n != 0; --n)
    result.push_back(json::array({key(), key(), field()}));
  return result;
}

json operation_source::pattern_field() {
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

json operation_source::pattern() {
  if (chance(5))
    return one_of("_", "$1", "$2", 7, "a");
  auto result = json::array();
  for (auto n = 1 + below(3); n != 0; --n)
    result.push_back(pattern_field());
  if (chance(20))
    result[below(static_cast<unsigned>(result.size()))] = key();
  return result;
}

json operation_source::number(int depth) {
  if (depth == 0 || chance(50))
    return chance(50) ? json("$1")
                      : json(one_of(0, 1, 2, 3, 1.5, "$2", "$1", -4));
  if (chance(10))
    return json::array({one_of("bsl", "bsr"), number(0), one_of(0, 1, 3, -2)});
  const auto f = one_of("+", "-", "*", "div", "rem", "band", "bor", "bxor",
                        "/");
  return json::array({f, number(depth - 1), number(depth - 1)});
}

json operation_source::guard() {
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

json operation_source::expression() {
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

json operation_source::spec() {
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
json operation_source::replacing_spec() {
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

json operation_source::counter_change() {
  auto position = 1 + below(4);
  const auto by = static_cast<int>(below(9)) - 4;
  if (chance(60))
    return json::array({position, by});
  return json::array({position, by, static_cast<int>(below(20)) - 5, below(5)});
}

json operation_source::element_change() {
  return json::array({below(6), field()});
}

operation operation_source::write() {
  switch (below(12)) {
    case 0:
      return {"insert_many", json::array({rows()})};
    case 1:
      return {"insert_new_many", json::array({rows()})};
    case 2:
      return {"insert_new", json::array({row()})};
    case 3:
    case 4:
      return {"delete", json::array({key()})};
    case 5:
      return {"delete_object", json::array({row()})};
    case 6:
      return {"take", json::array({key()})};
    case 7:
      if (chance(3))
        return {"delete_all_objects", json::array()};
      if (chance(5))
        return {"init_table", json::array({rows_with_keys()})};
      return {"insert", json::array({row()})};
    default:
      return {"insert", json::array({row()})};
  }
}

operation operation_source::change() {
  if (chance(40)) {
    auto how = element_change();
    if (chance(30))
      how = json::array({element_change(), element_change()});
    return {"update_element", json::array({key(), std::move(how)})};
  }
  auto how = counter_change();
  if (chance(20))
    how = static_cast<int>(below(9)) - 4;
  else if (chance(30))
    how = chance(20) ? json::array()
                     : json::array({counter_change(), counter_change()});
  operation result{"update_counter", json::array({key(), std::move(how)})};
  // A default row without a key ends Erlang 25.
  auto otherwise = row();
  if (chance(30) && otherwise.size() > 1)
    result.args.push_back(std::move(otherwise));
  return result;
}

operation operation_source::read() {
  switch (below(10)) {
    case 0:
      return {"member", json::array({key()})};
    case 1:
      return {"lookup_element", json::array({key(), 1 + below(3)})};
    case 2:
      return {chance(50) ? "next" : "prev", json::array({key()})};
    case 3:
      return {chance(50) ? "first" : "last", json::array()};
    case 4:
      return {"info", json::array({"size"})};
    case 5:
      if (chance(20))
        return {chance(50) ? "foldl" : "foldr", json::array()};
      if (chance(20))
        return {"walk", json::array({one_of("up", "down")})};
      return {"tab2list", json::array()};
    default:
      return {"lookup", json::array({key()})};
  }
}

operation operation_source::select() {
  switch (below(12)) {
    case 0:
      return {"match", json::array({pattern()})};
    case 1:
      return {"match_object", json::array({pattern()})};
    case 2:
      if (chance(30))
        return {"match_delete", json::array({pattern()})};
      return {"match", json::array({pattern()})};
    case 3:
      return {"select_count", json::array({spec()})};
    case 4:
      if (chance(30))
        return {"select_delete", json::array({spec()})};
      return {"select_count", json::array({spec()})};
    case 5:
      return {"select_replace", json::array({replacing_spec()})};
    case 6:
      return {"select_reverse", json::array({spec()})};
    case 7:
      return {chance(50) ? "select_chunks" : "select_reverse_chunks",
              json::array({spec(), 1 + below(5)})};
    case 8:
      return {chance(50) ? "match_chunks" : "match_object_chunks",
              json::array({pattern(), 1 + below(5)})};
    default:
      return {"select", json::array({spec()})};
  }
}

operation operation_source::next() {
  const auto what = below(100);
  if (what < 40)
    return write();
  if (what < 55)
    return change();
  return what < 75 ? read() : select();
}

} // namespace kv::test
