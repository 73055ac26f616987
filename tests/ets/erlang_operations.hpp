#pragma once

#include "tests/ets/erlang_specs.hpp"

#include <nlohmann/json.hpp>

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
class operation_source : private spec_source {
public:
  using spec_source::spec_source;

  operation next();

private:
  json counter_change();
  json element_change();
  operation write();
  operation change();
  operation read();
  operation select();
};

/// Returns Erlang's form of an operation: a tuple of function and arguments.
nlohmann::json to_erlang(const operation& x, const std::string& table);

} // namespace kv::test
