#pragma once

#include "actors/ets/dynamic/row.hpp"

#include <compare>
#include <utility>
#include <variant>

namespace kv::ets::dynamic::detail {

/// What an expression has for a value: a term, a tuple of terms (a row is one),
/// or the atom that stands for a call that failed.
class value {
public:
  /// A term, or a tuple, that outlives the value.
  static value view(const term& x, bool tuple) {
    return {&x, tuple, false};
  }

  static value of(term x) {
    return {std::move(x), false, false};
  }

  static value tuple(term x) {
    return {std::move(x), true, false};
  }

  static value failure() {
    return {term("EXIT"), false, true};
  }

  /// The term; of a tuple an array; of a failure the text "EXIT".
  const term& get() const noexcept {
    const auto* view = std::get_if<const term*>(&data_);
    return view != nullptr ? **view : *std::get_if<term>(&data_);
  }

  term take() && {
    if (auto* own = std::get_if<term>(&data_))
      return std::move(*own);
    return get();
  }

  bool is_tuple() const noexcept {
    return tuple_;
  }

  bool is_failure() const noexcept {
    return failure_;
  }

  /// Whether it is neither.
  bool is_plain() const noexcept {
    return !tuple_ && !failure_;
  }

  bool is_boolean() const noexcept {
    return get().is_boolean();
  }

  bool is_true() const noexcept {
    return get().is_boolean() && get().get<bool>();
  }

  bool is_integer() const noexcept {
    return get().is_number_integer();
  }

  bool is_list() const noexcept {
    return !tuple_ && get().is_array();
  }

  bool is_text() const noexcept {
    return !failure_ && get().is_string();
  }

private:
  value(std::variant<const term*, term> data, bool tuple, bool failure)
    : data_(std::move(data)), tuple_(tuple), failure_(failure) {
    // nop
  }

  std::variant<const term*, term> data_;
  bool tuple_;
  bool failure_;
};

/// Orders values as `compare` does terms; tuples come after atoms.
std::weak_ordering compare(const value& x, const value& y) noexcept;

/// Erlang's =:=.
bool identical(const value& x, const value& y) noexcept;

} // namespace kv::ets::dynamic::detail
