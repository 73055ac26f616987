#include "actors/ets/dynamic/function_families.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kv::ets::dynamic::detail {

namespace {

using args = std::span<const value>;
using result = std::optional<value>;
using std::int64_t;

int64_t integer(const value& x) {
  return x.get().get<int64_t>();
}

bool is_number(const value& x) {
  return x.get().is_number();
}

result number(double x) {
  if (!std::isfinite(x))
    return std::nullopt;
  return value::of(x);
}

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
  if (!xs[0].is_integer())
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

constexpr std::array functions{
  function{"abs", 1, 1, absolute},
  function{"round", 1, 1, whole<std::round>},
  function{"trunc", 1, 1, whole<std::trunc>},
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
};

} // namespace

std::span<const function> number_functions() noexcept {
  return functions;
}

} // namespace kv::ets::dynamic::detail
