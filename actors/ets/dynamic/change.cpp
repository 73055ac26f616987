#include "actors/ets/dynamic/change.hpp"

#include "actors/ets/increment.hpp"

#include <cstdint>
#include <utility>

namespace kv::ets::dynamic {

namespace {

std::int64_t integer(const term& x) {
  if (!x.is_number_integer())
    throw error(errc::badarg, "is not an integer: " + x.dump());
  check_term(x);
  return x.get<std::int64_t>();
}

// Returns the field at a position that is not the key's.
term& field_at(term& fields, key_at key, const term& position) {
  const auto i = integer(position);
  if (i < 1 || static_cast<std::uint64_t>(i) > fields.size())
    throw error(errc::badarg, "position is not in the row: " + position.dump());
  if (static_cast<std::uint64_t>(i) == key.position)
    throw error(errc::badarg, "position is that of the key");
  return fields[static_cast<std::size_t>(i - 1)];
}

std::int64_t count(term& fields, key_at key, const term& how) {
  if (!how.is_array() || (how.size() != 2 && how.size() != 4))
    throw error(errc::badarg, "is no change of a counter: " + how.dump());
  auto& field = field_at(fields, key, how[0]);
  increment<std::int64_t> step{.by = integer(how[1])};
  if (how.size() == 4) {
    step.threshold = integer(how[2]);
    step.reset = integer(how[3]);
  }
  const auto result = changed(integer(field), step);
  field = result;
  return result;
}

bool is_list(const term& how) {
  return how.is_array() && (how.empty() || how.front().is_array());
}

} // namespace

changed_row change_counters(const row& x, key_at key, const term& how) {
  auto fields = x.fields();
  if (!how.is_array()) {
    const auto result = count(fields, key,
                              term::array({key.position + 1, how}));
    return {row{std::move(fields)}, result};
  }
  if (!is_list(how)) {
    const auto result = count(fields, key, how);
    return {row{std::move(fields)}, result};
  }
  auto results = term::array();
  for (const auto& one : how)
    results.push_back(count(fields, key, one));
  return {row{std::move(fields)}, std::move(results)};
}

changed_row change_elements(const row& x, key_at key, const term& how) {
  auto fields = x.fields();
  const auto change = [&](const term& one) {
    if (!one.is_array() || one.size() != 2)
      throw error(errc::badarg, "is no change of a field: " + one.dump());
    field_at(fields, key, one[0]) = one[1];
  };
  if (is_list(how))
    for (const auto& one : how)
      change(one);
  else
    change(how);
  return {row{std::move(fields)}, true};
}

} // namespace kv::ets::dynamic
