#include "tests/ets/erlang_operations.hpp"

#include <utility>

namespace kv::test {

using nlohmann::json;

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
