#include "actors/kv/bucket.hpp"

#include <utility>

namespace kv {

bucket_state::bucket_state(handle_type::pointer,
                           ets::owner<fields_table> fields)
  : fields_(std::move(fields)) {
  // nop
}

bucket_actor::behavior_type bucket_state::make_behavior() {
  return {
    [this](atom::get, const std::string& key) { return get(key); },
    [this](atom::put, std::string& key, std::string& value) {
      fields_.insert({std::move(key), std::move(value)});
      return caf::ok_atom_v;
    },
    [this](atom::erase, const std::string& key) { return erase(key); },
    [this](atom::keys) {
      std::vector<std::string> result;
      result.reserve(fields_.size());
      fields_.for_each([&](const field& x) { result.push_back(x.key); });
      return result;
    },
    [this](atom::size) { return static_cast<uint64_t>(fields_.size()); },
    [this](const bucket_task& task) { task.work->run(fields_); },
  };
}

optional_bytes bucket_state::get(const std::string& key) const {
  optional_bytes result;
  fields_.visit(key, [&](const field& x) { result = x.value; });
  return result;
}

optional_bytes bucket_state::erase(const std::string& key) {
  if (auto old = fields_.take(key))
    return std::move(old->value);
  return std::nullopt;
}

} // namespace kv
