#include "actors/ets/dynamic/function_families.hpp"

#include <array>
#include <compare>

namespace kv::ets::dynamic::detail {

namespace {

using args = std::span<const value>;
using result = std::optional<value>;

/// As many arguments as one likes.
constexpr std::size_t any = 100;

template <bool All>
result fold_booleans(args xs) {
  bool sum = All;
  for (const auto& x : xs) {
    if (!x.is_boolean())
      return std::nullopt;
    sum = All ? sum && x.is_true() : sum || x.is_true();
  }
  return value::of(sum);
}

result logical_not(args xs) {
  if (!xs[0].is_boolean())
    return std::nullopt;
  return value::of(!xs[0].is_true());
}

result logical_xor(args xs) {
  if (!xs[0].is_boolean() || !xs[1].is_boolean())
    return std::nullopt;
  return value::of(xs[0].is_true() != xs[1].is_true());
}

enum class relation {
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  unequal
};

template <relation How>
result relate(args xs) {
  const auto way = compare(xs[0], xs[1]);
  switch (How) {
    case relation::less:
      return value::of(std::is_lt(way));
    case relation::less_equal:
      return value::of(std::is_lteq(way));
    case relation::greater:
      return value::of(std::is_gt(way));
    case relation::greater_equal:
      return value::of(std::is_gteq(way));
    case relation::equal:
      return value::of(std::is_eq(way));
    case relation::unequal:
      return value::of(std::is_neq(way));
  }
  return std::nullopt;
}

template <bool Wanted>
result same(args xs) {
  return value::of(identical(xs[0], xs[1]) == Wanted);
}

constexpr std::array functions{
  function{"not", 1, 1, logical_not},
  function{"and", 1, any, fold_booleans<true>},
  function{"or", 1, any, fold_booleans<false>},
  function{"xor", 2, 2, logical_xor},
  function{">", 2, 2, relate<relation::greater>},
  function{">=", 2, 2, relate<relation::greater_equal>},
  function{"<", 2, 2, relate<relation::less>},
  function{"=<", 2, 2, relate<relation::less_equal>},
  function{"==", 2, 2, relate<relation::equal>},
  function{"/=", 2, 2, relate<relation::unequal>},
  function{"=:=", 2, 2, same<true>},
  function{"=/=", 2, 2, same<false>},
};

} // namespace

std::span<const function> logic_functions() noexcept {
  return functions;
}

} // namespace kv::ets::dynamic::detail
