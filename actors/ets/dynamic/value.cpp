#include "actors/ets/dynamic/value.hpp"

namespace kv::ets::dynamic::detail {

namespace {

// Places in Erlang's order; terms are told apart by `dynamic::compare`.
int rank_of(const value& x) noexcept {
  if (x.get().is_number())
    return 0;
  if (x.is_failure())
    return 1; // an atom whose text begins with a capital
  if (x.get().is_null() || x.get().is_boolean())
    return 2;
  return x.is_tuple() ? 3 : 4;
}

} // namespace

std::weak_ordering compare(const value& x, const value& y) noexcept {
  if (x.is_plain() && y.is_plain())
    return dynamic::compare(x.get(), y.get());
  if (const auto way = rank_of(x) <=> rank_of(y); std::is_neq(way))
    return way;
  if (x.is_tuple())
    if (const auto way = x.get().size() <=> y.get().size(); std::is_neq(way))
      return way;
  return dynamic::compare(x.get(), y.get());
}

bool identical(const value& x, const value& y) noexcept {
  return x.is_tuple() == y.is_tuple() && x.is_failure() == y.is_failure()
         && dynamic::identical(x.get(), y.get());
}

} // namespace kv::ets::dynamic::detail
