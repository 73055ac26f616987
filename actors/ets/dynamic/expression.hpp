#pragma once

#include "actors/ets/dynamic/functions.hpp"
#include "actors/ets/dynamic/pattern.hpp"
#include "actors/ets/dynamic/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kv::ets::dynamic::detail {

/// What an expression is about.
struct scope {
  const row& object;
  const bindings& bound;
};

/// A compiled guard or an expression of a body.
class expression {
public:
  /// Compiles an expression with the variables of its head. Errors: badarg.
  static expression compile(const term& source, const std::string& where,
                            const variables& names);

  /// Returns the value of a guard: nothing if a call in it fails.
  std::optional<value> test(const scope& here) const;

  /// Returns the value of an expression of a body, in which a call that fails
  /// has a value of its own.
  value evaluate(const scope& here) const;

  /// Whether this is the tuple, or the row itself, whose field at a position
  /// is the key of the row, given the field of the head.
  bool keeps_key(std::size_t position, const term& head) const;

private:
  enum class form {
    constant,
    variable,
    object,
    bindings,
    list,
    tuple,
    map,
    call,
    all_of,
    any_of,
  };

  static expression compile_text(const term& source, const std::string& where,
                                 const variables& names);
  static expression compile_object(const term& source, const std::string& where,
                                   const variables& names);
  static expression compile_call(const term& source, const std::string& where,
                                 const variables& names);
  static expression compile_list(form as, const term& source,
                                 const std::string& where,
                                 const variables& names);

  // Evaluates; `guard` says what becomes of a call that fails.
  std::optional<value> run(const scope& here, bool guard) const;
  std::optional<value> run_call(const scope& here, bool guard) const;
  std::optional<value> run_logic(const scope& here, bool guard) const;
  std::optional<value> run_parts(const scope& here, bool guard) const;
  bool is_key(std::size_t position, const term& head) const;

  form form_ = form::constant;
  std::size_t slot_ = 0;
  const function* function_ = nullptr;
  term source_; // the constant; what else it was compiled from
  std::vector<std::string> keys_;
  std::vector<expression> parts_;
};

} // namespace kv::ets::dynamic::detail
