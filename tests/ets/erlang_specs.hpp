#pragma once

#include "tests/ets/erlang_terms.hpp"

namespace kv::test {

/// Makes random patterns and specifications as `match_spec` takes them: mostly
/// good ones, some with mistakes.
class spec_source : public term_source {
public:
  using term_source::term_source;

protected:
  json pattern();
  json spec();
  json replacing_spec();

private:
  json pattern_field();
  json guard();
  json number(int depth);
  json expression();
};

} // namespace kv::test
