#include "actors/ets/dynamic/term.hpp"

#include "actors/ets/error.hpp"
#include "actors/ets/key.hpp"
#include "actors/ets/key_order.hpp"

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace kv::ets::dynamic {

namespace {

using std::weak_ordering;

// Places of the types in Erlang's order.
enum class rank { number, atom, map, list, text };

rank rank_of(const term& x) noexcept {
  switch (x.type()) {
    case term::value_t::number_integer:
    case term::value_t::number_unsigned:
    case term::value_t::number_float:
      return rank::number;
    case term::value_t::object:
      return rank::map;
    case term::value_t::array:
      return rank::list;
    case term::value_t::string:
      return rank::text;
    default:
      return rank::atom;
  }
}

int atom_of(const term& x) noexcept {
  if (x.is_null())
    return 1; // false < null < true, as texts
  return x.is_boolean() && x.get<bool>() ? 2 : 0;
}

// Integers of either sign, wide enough for both of JSON's types.
__extension__ using wide = __int128;

wide integer_of(const term& x) noexcept {
  if (x.is_number_unsigned())
    return static_cast<wide>(x.get<std::uint64_t>());
  return x.get<std::int64_t>();
}

weak_ordering order(auto x, auto y) noexcept {
  return x < y   ? weak_ordering::less
         : y < x ? weak_ordering::greater
                 : weak_ordering::equivalent;
}

// Exact: no integer is rounded on the way.
weak_ordering compare_mixed(wide x, double y) noexcept {
  constexpr double limit = 18446744073709551616.0; // 2^64
  if (y >= limit || y < -limit)
    return order(0.0, y);
  const auto whole = static_cast<wide>(y);
  if (whole != x)
    return order(x, whole);
  return order(0.0, y - static_cast<double>(whole));
}

weak_ordering reverse(weak_ordering x) noexcept {
  return std::is_lt(x)   ? weak_ordering::greater
         : std::is_gt(x) ? weak_ordering::less
                         : x;
}

weak_ordering compare_numbers(const term& x, const term& y) noexcept {
  if (x.is_number_float() && y.is_number_float())
    return order(x.get<double>(), y.get<double>());
  if (x.is_number_float())
    return reverse(compare_mixed(integer_of(y), x.get<double>()));
  if (y.is_number_float())
    return compare_mixed(integer_of(x), y.get<double>());
  return order(integer_of(x), integer_of(y));
}

weak_ordering compare_lists(const term& x, const term& y) noexcept {
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
    if (const auto way = compare(x[i], y[i]); std::is_neq(way))
      return way;
  return order(x.size(), y.size());
}

weak_ordering compare_maps(const term& x, const term& y) noexcept {
  if (x.size() != y.size())
    return order(x.size(), y.size());
  for (auto i = x.begin(), j = y.begin(); i != x.end(); ++i, ++j)
    if (const auto way = i.key().compare(j.key()); way != 0)
      return order(way, 0);
  for (auto i = x.begin(), j = y.begin(); i != x.end(); ++i, ++j)
    if (const auto way = compare(*i, *j); std::is_neq(way))
      return way;
  return weak_ordering::equivalent;
}

std::uint64_t combine(std::uint64_t sum, std::uint64_t x) noexcept {
  return mix(sum * 31 + x);
}

std::uint64_t hash_text(const std::string& x) noexcept {
  return std::hash<std::string>{}(x);
}

std::uint64_t hash_number(const term& x) noexcept {
  if (!x.is_number_float())
    return mix(static_cast<std::uint64_t>(x.get<std::int64_t>()));
  const auto value = x.get<double>();
  return mix(1 + std::hash<double>{}(value == 0 ? 0 : value));
}

// Rounding keeps the order of integers, and so do the bits of floats once those
// of negative ones are turned round.
std::uint64_t head_of_number(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x == 0 ? 0 : x);
  constexpr auto sign = std::uint64_t{1} << 63;
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

void check(const term& x, int depth) {
  if (depth > max_depth)
    throw error(errc::badarg, "term is nested too deeply");
  if (x.is_binary() || x.is_discarded())
    throw error(errc::badarg, "value is no term");
  if (x.is_number_unsigned()
      && x.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    throw error(errc::badarg, "integer beyond 64 bits");
  if (x.is_number_float() && !std::isfinite(x.get<double>()))
    throw error(errc::badarg, "float is not finite");
  if (x.is_structured())
    for (const auto& y : x)
      check(y, depth + 1);
}

} // namespace

weak_ordering compare(const term& x, const term& y) noexcept {
  const auto of = rank_of(x);
  if (of != rank_of(y))
    return order(of, rank_of(y));
  switch (of) {
    case rank::number:
      return compare_numbers(x, y);
    case rank::atom:
      return order(atom_of(x), atom_of(y));
    case rank::map:
      return compare_maps(x, y);
    case rank::list:
      return compare_lists(x, y);
    case rank::text:
      return order(x.get_ref<const std::string&>().compare(
                     y.get_ref<const std::string&>()),
                   0);
  }
  return weak_ordering::equivalent;
}

bool identical(const term& x, const term& y) noexcept {
  if (x.is_number_float() != y.is_number_float())
    return false;
  if (!x.is_structured())
    return std::is_eq(compare(x, y));
  if (x.type() != y.type() || x.size() != y.size())
    return false;
  for (auto i = x.begin(), j = y.begin(); i != x.end(); ++i, ++j)
    if ((x.is_object() && i.key() != j.key()) || !identical(*i, *j))
      return false;
  return true;
}

std::uint64_t hash(const term& x) noexcept {
  const auto of = rank_of(x);
  auto sum = static_cast<std::uint64_t>(of);
  switch (of) {
    case rank::number:
      return combine(sum, hash_number(x));
    case rank::atom:
      return combine(sum, static_cast<std::uint64_t>(atom_of(x)));
    case rank::text:
      return combine(sum, hash_text(x.get_ref<const std::string&>()));
    case rank::list:
      for (const auto& y : x)
        sum = combine(sum, hash(y));
      return combine(sum, x.size());
    case rank::map:
      for (auto i = x.begin(); i != x.end(); ++i)
        sum = combine(combine(sum, hash_text(i.key())), hash(*i));
      return combine(sum, x.size());
  }
  return sum;
}

std::uint64_t head(const term& x) noexcept {
  const auto of = rank_of(x);
  std::uint64_t rest = 0;
  switch (of) {
    case rank::number:
      rest = head_of_number(x.is_number_float()
                              ? x.get<double>()
                              : static_cast<double>(integer_of(x)));
      break;
    case rank::atom:
      rest = static_cast<std::uint64_t>(atom_of(x)) << 3;
      break;
    case rank::text:
      rest = detail::head_of(x.get_ref<const std::string&>());
      break;
    case rank::list:
    case rank::map:
      break;
  }
  return static_cast<std::uint64_t>(of) << 61 | rest >> 3;
}

void check_term(const term& x) {
  check(x, 0);
}

} // namespace kv::ets::dynamic
