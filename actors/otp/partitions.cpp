#include "actors/otp/partitions.hpp"

#include <stdexcept>

namespace kv::otp {

std::vector<std::string> partition_names(const std::string& id, size_t n) {
  std::vector<std::string> result;
  result.reserve(n);
  for (size_t i = 0; i < n; ++i)
    result.push_back(id + '/' + std::to_string(i));
  return result;
}

child_spec partitioned_supervisor_spec(
  const std::string& id, size_t n, const ets::writer<names_table>& names,
  const std::function<start_function(size_t i)>& start) {
  auto init = [=](caf::local_actor*) {
    supervisor_init result;
    auto ids = partition_names(id, n);
    for (size_t i = 0; i < n; ++i)
      result.children.push_back({ids[i], start(i)});
    return result;
  };
  return supervisor_spec(id, names, std::move(init));
}

partitions::partitions(ets::reader<names_table> names, const std::string& id,
                       size_t n)
  : names_(std::move(names)),
    ids_(std::make_shared<const std::vector<std::string>>(
      partition_names(id, n))) {
  if (n == 0)
    throw std::invalid_argument("no partitions of " + id);
}

} // namespace kv::otp
