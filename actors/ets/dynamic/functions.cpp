#include "actors/ets/dynamic/functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace kv::ets::dynamic::detail {

namespace {

using args = std::span<const value>;
using result = std::optional<value>;
using std::int64_t;

int64_t integer(const value& x) {
  return x.get().get<int64_t>();
}

result number(double x) {
  if (!std::isfinite(x))
    return std::nullopt;
  return value::of(x);
}

template <bool (*Test)(const value&)>
result test(args xs) {
  return value::of(Test(xs[0]));
}

bool is_atom(const value& x) {
  return x.is_failure() || x.get().is_null() || x.get().is_boolean();
}
bool is_float(const value& x) {
  return x.get().is_number_float();
}
bool is_integer(const value& x) {
  return x.is_integer();
}
bool is_number(const value& x) {
  return x.get().is_number();
}
bool is_list(const value& x) {
  return x.is_list();
}
bool is_tuple(const value& x) {
  return x.is_tuple();
}
bool is_map(const value& x) {
  return x.get().is_object();
}
bool is_binary(const value& x) {
  return x.is_text();
}
bool is_foreign(const value&) {
  return false;
}

// -- logic --------------------------------------------------------------------

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

// -- arithmetic ---------------------------------------------------------------

struct plus {
  static bool overflows(int64_t x, int64_t y, int64_t& z) {
    return __builtin_add_overflow(x, y, &z);
  }
  static double of(double x, double y) {
    return x + y;
  }
};

struct minus {
  static bool overflows(int64_t x, int64_t y, int64_t& z) {
    return __builtin_sub_overflow(x, y, &z);
  }
  static double of(double x, double y) {
    return x - y;
  }
};

struct times {
  static bool overflows(int64_t x, int64_t y, int64_t& z) {
    return __builtin_mul_overflow(x, y, &z);
  }
  static double of(double x, double y) {
    return x * y;
  }
};

template <class Op>
result arithmetic(args xs) {
  static const auto zero = value::of(0);
  const auto& x = xs.size() == 1 ? zero : xs[0];
  const auto& y = xs.back();
  if (!is_number(x) || !is_number(y))
    return std::nullopt;
  if (!x.is_integer() || !y.is_integer())
    return number(Op::of(x.get().get<double>(), y.get().get<double>()));
  int64_t z = 0;
  if (Op::overflows(integer(x), integer(y), z))
    return std::nullopt;
  return value::of(z);
}

result divide(args xs) {
  if (!is_number(xs[0]) || !is_number(xs[1]))
    return std::nullopt;
  const auto by = xs[1].get().get<double>();
  return by == 0 ? std::nullopt : number(xs[0].get().get<double>() / by);
}

enum class bits { quotient, remainder, both, either, one };

template <bits How>
result integers(args xs) {
  if (!xs[0].is_integer() || !xs[1].is_integer())
    return std::nullopt;
  const auto x = integer(xs[0]);
  const auto y = integer(xs[1]);
  if (How == bits::both)
    return value::of(x & y);
  if (How == bits::either)
    return value::of(x | y);
  if (How == bits::one)
    return value::of(x ^ y);
  if (y == 0)
    return std::nullopt;
  if (y == -1) // INT64_MIN / -1 overflows
    return How == bits::remainder ? value::of(0)
                                  : arithmetic<minus>(std::span{xs.data(), 1});
  return value::of(How == bits::quotient ? x / y : x % y);
}

result bit_not(args xs) {
  if (!xs[0].is_integer())
    return std::nullopt;
  return value::of(~integer(xs[0]));
}

result shifted(int64_t x, int64_t left) {
  if (left <= 0)
    return value::of(x >> std::min<int64_t>(63, left < -63 ? 63 : -left));
  if (x == 0)
    return value::of(0);
  if (left > 62)
    return std::nullopt;
  const auto y = static_cast<int64_t>(static_cast<std::uint64_t>(x) << left);
  return y >> left == x ? result(value::of(y)) : std::nullopt;
}

template <bool Left>
result shift(args xs) {
  if (!xs[0].is_integer() || !xs[1].is_integer())
    return std::nullopt;
  const auto by = std::clamp<int64_t>(integer(xs[1]), -100, 100);
  return shifted(integer(xs[0]), Left ? by : -by);
}

result absolute(args xs) {
  if (!is_number(xs[0]))
    return std::nullopt;
  if (is_float(xs[0]))
    return number(std::fabs(xs[0].get().get<double>()));
  const auto x = integer(xs[0]);
  if (x == std::numeric_limits<int64_t>::min())
    return std::nullopt;
  return value::of(x < 0 ? -x : x);
}

template <double (*Round)(double)>
result whole(args xs) {
  if (!is_number(xs[0]))
    return std::nullopt;
  if (xs[0].is_integer())
    return xs[0];
  constexpr double limit = 9223372036854775808.0; // 2^63
  const auto x = Round(xs[0].get().get<double>());
  if (x >= limit || x < -limit)
    return std::nullopt;
  return value::of(static_cast<int64_t>(x));
}

// -- parts of terms -----------------------------------------------------------

result element(args xs) {
  if (!xs[0].is_integer() || !xs[1].is_tuple())
    return std::nullopt;
  const auto i = integer(xs[0]);
  const auto& tuple = xs[1].get();
  if (i < 1 || static_cast<std::uint64_t>(i) > tuple.size())
    return std::nullopt;
  return value::of(tuple[static_cast<std::size_t>(i - 1)]);
}

result head(args xs) {
  if (!xs[0].is_list() || xs[0].get().empty())
    return std::nullopt;
  return value::of(xs[0].get().front());
}

result tail(args xs) {
  if (!xs[0].is_list() || xs[0].get().empty())
    return std::nullopt;
  const auto& list = xs[0].get();
  return value::of(term(list.begin() + 1, list.end()));
}

result length(args xs) {
  if (!xs[0].is_list())
    return std::nullopt;
  return value::of(static_cast<int64_t>(xs[0].get().size()));
}

template <int Factor, bool Tuples>
result size(args xs) {
  if (Tuples && xs[0].is_tuple())
    return value::of(static_cast<int64_t>(xs[0].get().size()));
  if (!xs[0].is_text())
    return std::nullopt;
  const auto& text = xs[0].get().get_ref<const std::string&>();
  return value::of(static_cast<int64_t>(text.size()) * Factor);
}

result map_size(args xs) {
  if (!is_map(xs[0]))
    return std::nullopt;
  return value::of(static_cast<int64_t>(xs[0].get().size()));
}

const term* member(args xs) {
  if (!xs[0].is_text())
    return nullptr;
  const auto i = xs[1].get().find(xs[0].get().get_ref<const std::string&>());
  return i == xs[1].get().end() ? nullptr : &*i;
}

result map_get(args xs) {
  const auto* found = is_map(xs[1]) ? member(xs) : nullptr;
  return found == nullptr ? std::nullopt : result(value::of(*found));
}

result is_map_key(args xs) {
  if (!is_map(xs[1]))
    return std::nullopt;
  return value::of(member(xs) != nullptr);
}

constexpr std::size_t any = 100;

constexpr std::array functions{
  function{"is_atom", 1, 1, test<is_atom>},
  function{"is_float", 1, 1, test<is_float>},
  function{"is_integer", 1, 1, test<is_integer>},
  function{"is_list", 1, 1, test<is_list>},
  function{"is_number", 1, 1, test<is_number>},
  function{"is_pid", 1, 1, test<is_foreign>},
  function{"is_port", 1, 1, test<is_foreign>},
  function{"is_reference", 1, 1, test<is_foreign>},
  function{"is_function", 1, 1, test<is_foreign>},
  function{"is_tuple", 1, 1, test<is_tuple>},
  function{"is_map", 1, 1, test<is_map>},
  function{"is_binary", 1, 1, test<is_binary>},
  function{"not", 1, 1, logical_not},
  function{"and", 1, any, fold_booleans<true>},
  function{"or", 1, any, fold_booleans<false>},
  function{"xor", 2, 2, logical_xor},
  function{"abs", 1, 1, absolute},
  function{"element", 2, 2, element},
  function{"hd", 1, 1, head},
  function{"tl", 1, 1, tail},
  function{"length", 1, 1, length},
  function{"map_get", 2, 2, map_get},
  function{"map_size", 1, 1, map_size},
  function{"is_map_key", 2, 2, is_map_key},
  function{"round", 1, 1, whole<std::round>},
  function{"trunc", 1, 1, whole<std::trunc>},
  function{"size", 1, 1, size<1, true>},
  function{"byte_size", 1, 1, size<1, false>},
  function{"bit_size", 1, 1, size<8, false>},
  function{"+", 1, 2, arithmetic<plus>},
  function{"-", 1, 2, arithmetic<minus>},
  function{"*", 2, 2, arithmetic<times>},
  function{"/", 2, 2, divide},
  function{"div", 2, 2, integers<bits::quotient>},
  function{"rem", 2, 2, integers<bits::remainder>},
  function{"band", 2, 2, integers<bits::both>},
  function{"bor", 2, 2, integers<bits::either>},
  function{"bxor", 2, 2, integers<bits::one>},
  function{"bnot", 1, 1, bit_not},
  function{"bsl", 2, 2, shift<true>},
  function{"bsr", 2, 2, shift<false>},
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

const function* find_function(std::string_view name,
                              std::size_t args) noexcept {
  const auto* i
    = std::find_if(functions.begin(), functions.end(), [&](const function& f) {
        return f.name == name && args >= f.least && args <= f.most;
      });
  return i == functions.end() ? nullptr : i;
}

bool is_function(std::string_view name) noexcept {
  return std::any_of(functions.begin(), functions.end(),
                     [name](const function& f) { return f.name == name; });
}

} // namespace kv::ets::dynamic::detail
