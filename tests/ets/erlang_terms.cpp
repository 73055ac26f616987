#include "tests/ets/erlang_terms.hpp"

namespace kv::test {

using nlohmann::json;

json term_source::key() {
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

json term_source::field() {
  return chance(60) ? json(static_cast<int>(below(20)) - 5) : key();
}

json term_source::row() {
  auto result = json::array();
  result.push_back(key());
  for (auto n = chance(90) ? 1 + below(3) : 0; n != 0; --n)
    result.push_back(chance(30) ? key() : field());
  return result;
}

json term_source::rows() {
  auto result = json::array();
  for (auto n = 1 + below(5); n != 0; --n)
    result.push_back(row());
  return result;
}

// ETS has cleared the table when it finds a row without a key.
json term_source::rows_with_keys() {
  auto result = json::array();
  for (auto n = below(30); n != 0; --n)
    result.push_back(json::array({key(), key(), field()}));
  return result;
}

} // namespace kv::test
