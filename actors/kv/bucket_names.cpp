#include "actors/kv/bucket_names.hpp"

namespace kv {

std::optional<bucket_ref> lookup(const ets::reader<bucket_names>& names,
                                 std::string_view name) {
  std::optional<bucket_ref> result;
  visit(names, name, [&](const bucket_ref& x) { result = x; });
  return result;
}

} // namespace kv
