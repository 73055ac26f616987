#include "actors/ets/dynamic/calls.hpp"

#include <cstdint>

namespace kv::ets::dynamic::detail {

std::vector<row> rows_of(const term& xs) {
  if (!xs.is_array())
    throw error(errc::badarg, "is no list of rows");
  std::vector<row> result;
  result.reserve(xs.size());
  for (const auto& x : xs)
    result.emplace_back(x);
  return result;
}

std::size_t size_of(const term& x) {
  if (!x.is_number_integer()
      || (!x.is_number_unsigned() && x.get<std::int64_t>() < 0))
    throw error(errc::badarg, "is no position: " + x.dump());
  return x.get<std::size_t>();
}

term describe(const table_info& info, key_at key, const term& args) {
  term all{{"id", info.id},
           {"name", info.name},
           {"named_table", info.named},
           {"type", to_string(info.kind)},
           {"keypos", key.position},
           {"protection", to_string(info.access)},
           {"heir", info.has_heir},
           {"size", info.size},
           {"retired", info.retired},
           {"readers", info.readers},
           {"memory", info.bytes}};
  if (args.empty())
    return all;
  const auto item = args[0].is_string() ? all.find(args[0]) : all.end();
  if (item == all.end())
    throw error(errc::badarg, "no such item: " + args[0].dump());
  return *item;
}

} // namespace kv::ets::dynamic::detail
