#pragma once

#include "actors/ets/dynamic/row.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv::ets::dynamic::detail {

/// Throws badarg for what is wrong at a place of a source, a JSON pointer.
[[noreturn]] void fail_at(const std::string& where, std::string_view why);

/// Returns N of a variable "$N".
std::optional<std::uint32_t> variable_number(const term& x);

/// If `x` is an object with this one key, its value.
const term* only_member(const term& x, const char* key);

/// The variables of a head, in the order of their numbers; a variable's slot is
/// its place here.
using variables = std::vector<std::uint32_t>;

/// What the variables of a head are bound to; null: not yet.
using bindings = std::vector<const term*>;

/// The compiled head of a clause, or a part of it.
class pattern {
public:
  /// Compiles a head. Errors: badarg.
  static pattern head(const term& source, const std::string& where,
                      const variables& names);

  /// Collects the variables of a head.
  static variables variables_of(const term& source);

  /// Whether a row matches; binds variables.
  bool match(const row& x, bindings& bound) const;

  /// If this is a head that can match rows with one key only, that key.
  const term* key(std::size_t position) const noexcept;

  /// If this is a head that can match rows only whose key is a list that begins
  /// with certain terms, these terms as a list; otherwise null.
  term key_prefix(std::size_t position) const;

private:
  enum class form { any, variable, constant, list, map, nothing };

  static pattern part(const term& source, const std::string& where,
                      const variables& names);
  static pattern leaf(const term& source, const variables& names);
  void add_elements(const term& source, const std::string& where,
                    const variables& names);
  void fix();
  bool match_part(const term& x, bindings& bound) const;
  bool match_elements(const term& x, bindings& bound) const;
  bool bind(const term& x, bindings& bound) const;

  form form_ = form::any;
  std::size_t slot_ = 0;
  bool fixed_ = false;
  term constant_; // what it stands for if it is fixed
  std::vector<std::string> keys_;
  std::vector<pattern> parts_;
};

} // namespace kv::ets::dynamic::detail
