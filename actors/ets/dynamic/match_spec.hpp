#pragma once

#include "actors/ets/dynamic/row.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace kv::ets::dynamic {

/// A match specification of ETS, written in JSON and compiled once.
///
///     [[head, [guard, ...], [expression, ...]], ...]
///
/// The first clause whose head matches a row and whose guards are all true
/// gives the value of its last expression. As in ETS, a guard that fails is
/// false, and a call that fails in a body has the value "EXIT".
///
///     JSON                 in a head              in a guard or a body
///     "_"                  anything               this text
///     "$1"                 a variable             what it is bound to
///     "$_", "$$"           these texts            the row, all that is bound
///     [x, ...]             a row or a list        a call, ["+", "$1", 1]
///     {"tuple": [...]}     a map with this        a row, ETS's {{...}}
///     {"list": [...]}      a map with this        a list
///     {"map": {...}}       a map with these       a map
///     {...}                a map with these       a map
///     {"const": x}         x                      x
///     other                itself                 itself
///
/// Thread safety: immutable, any thread.
class match_spec {
public:
  /// Compiles a specification. Complexity: linear.
  /// Errors: badarg, with the place of the mistake as a JSON pointer;
  /// system_limit if it is nested too deeply.
  static match_spec compile(const term& source);

  /// The specification of ETS's match: what the variables of a head are bound
  /// to, in the order of their numbers. Errors: as compile.
  static match_spec match(const term& head);

  /// The specification of match_object: the rows themselves. Errors: as
  /// compile.
  static match_spec match_object(const term& head);

  /// The specification of match_delete: true. Errors: as compile.
  static match_spec match_delete(const term& head);

  /// Returns what the specification makes of a row, if it matches.
  /// Complexity: linear in specification and row.
  std::optional<term> run(const row& x) const;

  /// Returns what it makes of those rows that match.
  std::vector<term> run_on(const std::vector<row>& rows) const;

  /// Whether it makes `true` of a row.
  bool is_true(const row& x) const;

  /// Whether what it makes of a row is a row with the same key, for any row and
  /// the key function of its table.
  bool keeps_key(key_at key) const;

  /// If only rows with certain keys can match, these keys: several of them may
  /// be the same.
  std::optional<std::vector<const term*>> keys(key_at key) const;

  /// If only rows can match whose key is a list that begins with certain terms,
  /// these terms as a list.
  std::optional<term> key_prefix(key_at key) const;

private:
  struct clause;

  match_spec() = default;

  std::shared_ptr<const std::vector<clause>> clauses_;
};

} // namespace kv::ets::dynamic
