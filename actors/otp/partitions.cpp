#include "actors/otp/partitions.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

namespace kv::otp {

std::vector<std::string> partition_names(const std::string& id, size_t n) {
  std::vector<std::string> result;
  result.reserve(n);
  for (size_t i = 0; i < n; ++i)
    result.push_back(id + '/' + std::to_string(i));
  return result;
}

size_t default_partitions() {
  return std::max(1U, std::thread::hardware_concurrency());
}

child_spec partitioned_supervisor_spec(const std::string& id,
                                       const ets::writer<names_table>& names,
                                       partition_options options) {
  if (options.count == 0)
    throw std::invalid_argument("no partitions of " + id);
  auto init = [id, options = std::move(options)](caf::local_actor*) {
    supervisor_init result;
    result.flags = options.flags;
    result.journal = options.journal;
    auto ids = partition_names(id, options.count);
    for (size_t i = 0; i < options.count; ++i)
      result.children.emplace_back(options.copy(i)).id = ids[i];
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
