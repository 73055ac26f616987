#include "actors/ets/directory.hpp"

namespace kv::ets::detail {

directory& directory::instance() {
  static auto* instance = new directory;
  return *instance;
}

void directory::add(const name_entry& entry) {
  std::lock_guard guard{mutex_};
  if (!names_.try_emplace(entry.name, &entry).second)
    throw error(errc::name_taken, entry.name);
}

void directory::remove(const name_entry& entry) noexcept {
  std::lock_guard guard{mutex_};
  names_.erase(entry.name);
}

core_base* directory::find(std::string_view name, const std::type_info& type,
                           access least) {
  std::lock_guard guard{mutex_};
  const auto i = names_.find(name);
  if (i == names_.end() || !i->second->core->is_open())
    throw error(errc::no_such_table, name);
  const auto& entry = *i->second;
  if (*entry.type != type)
    throw error(errc::wrong_type, name);
  if (entry.core->access() < least)
    throw error(errc::access_denied, name);
  entry.core->ref();
  return entry.core;
}

} // namespace kv::ets::detail
