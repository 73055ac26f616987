#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <random>
#include <string>

namespace kv::test {

/// One call of an operation on a dynamic table, as JSON: specifications are
/// written as `match_spec` takes them.
struct operation {
  std::string name;
  nlohmann::json args;
};

/// Makes random operations that a table of any kind may get: mostly good ones
/// with keys that meet, some with mistakes.
class operation_source {
public:
  explicit operation_source(std::uint64_t seed) : random_(seed) {
    // nop
  }

  operation next();

private:
  using json = nlohmann::json;

  bool chance(unsigned percent) {
    return below(100) < percent;
  }

  unsigned below(unsigned n) {
    return static_cast<unsigned>(random_() % n);
  }

  template <class... Ts>
  json one_of(Ts... xs) {
    const json all{xs...};
    return all[below(sizeof...(xs))];
  }

  json key();
  json field();
  json row();
  json rows();
  json rows_with_keys();
  json pattern_field();
  json pattern();
  json guard();
  json number(int depth);
  json expression();
  json spec();
  json replacing_spec();
  json counter_change();
  json element_change();
  operation write();
  operation change();
  operation read();
  operation select();

  std::mt19937_64 random_;
};

/// Returns Erlang's form of an operation: a tuple of function and arguments.
nlohmann::json to_erlang(const operation& x, const std::string& table);

} // namespace kv::test
