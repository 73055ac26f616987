#include "actors/ets/dynamic/function_families.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace kv::ets::dynamic::detail {

namespace {

using args = std::span<const value>;
using result = std::optional<value>;

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

result element(args xs) {
  if (!xs[0].is_integer() || !xs[1].is_tuple())
    return std::nullopt;
  const auto i = xs[0].get().get<std::int64_t>();
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
  return value::of(static_cast<std::int64_t>(xs[0].get().size()));
}

template <int Factor, bool Tuples>
result size(args xs) {
  if (Tuples && xs[0].is_tuple())
    return value::of(static_cast<std::int64_t>(xs[0].get().size()));
  if (!xs[0].is_text())
    return std::nullopt;
  const auto& text = xs[0].get().get_ref<const std::string&>();
  return value::of(static_cast<std::int64_t>(text.size()) * Factor);
}

result map_size(args xs) {
  if (!is_map(xs[0]))
    return std::nullopt;
  return value::of(static_cast<std::int64_t>(xs[0].get().size()));
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
  function{"element", 2, 2, element},
  function{"hd", 1, 1, head},
  function{"tl", 1, 1, tail},
  function{"length", 1, 1, length},
  function{"map_get", 2, 2, map_get},
  function{"map_size", 1, 1, map_size},
  function{"is_map_key", 2, 2, is_map_key},
  function{"size", 1, 1, size<1, true>},
  function{"byte_size", 1, 1, size<1, false>},
  function{"bit_size", 1, 1, size<8, false>},
};

} // namespace

std::span<const function> term_functions() noexcept {
  return functions;
}

} // namespace kv::ets::dynamic::detail
