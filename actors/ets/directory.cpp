#include "actors/ets/directory.hpp"

#include <utility>

namespace kv::ets::detail {

directory& directory::instance() {
  static auto* instance = new directory;
  return *instance;
}

void directory::add(name_entry& entry, std::string name) {
  std::lock_guard guard{mutex_};
  if (names_.contains(name))
    throw error(errc::name_taken, name);
  entry.name = std::move(name);
  names_.emplace(entry.name, &entry);
  entry.registered = true;
}

void directory::rename(name_entry& entry, std::string name) {
  std::lock_guard guard{mutex_};
  if (entry.name == name)
    return;
  if (entry.registered) {
    if (names_.contains(name))
      throw error(errc::name_taken, name);
    auto node = names_.extract(entry.name);
    entry.name.swap(name); // `name` keeps the old one alive
    node.key() = entry.name;
    names_.insert(std::move(node));
    return;
  }
  entry.name = std::move(name);
}

void directory::remove(name_entry& entry) noexcept {
  std::lock_guard guard{mutex_};
  if (std::exchange(entry.registered, false))
    names_.erase(entry.name);
}

void directory::swap_heir(name_entry& entry,
                          std::function<void(core_base*)>& heir) noexcept {
  std::lock_guard guard{mutex_};
  entry.heir.swap(heir);
}

void directory::describe(const name_entry& entry, table_info& info) {
  std::lock_guard guard{mutex_};
  info.named = entry.registered;
  info.name = entry.name;
  info.has_heir = entry.heir != nullptr;
  info.bytes += sizeof(name_entry);
}

core_base* directory::find(std::string_view name, const std::type_info& type,
                           access least) {
  std::lock_guard guard{mutex_};
  const auto i = names_.find(name);
  if (i == names_.end() || !i->second->core->is_open())
    throw error(errc::no_such_table, name);
  const auto& entry = *i->second;
  if (entry.type->id != type)
    throw error(errc::wrong_type, name);
  if (entry.core->access() < least)
    throw error(errc::access_denied, name);
  entry.core->ref();
  return entry.core;
}

std::vector<table_info> directory::all() {
  std::vector<std::pair<core_base*, const type_entry*>> open;
  {
    std::lock_guard guard{mutex_};
    open.reserve(names_.size());
    for (const auto& [name, entry] : names_) {
      entry->core->ref();
      open.emplace_back(entry->core, entry->type);
    }
  }
  std::vector<table_info> result;
  for (const auto& [core, type] : open) {
    try {
      result.push_back(type->info(*core));
    } catch (const error&) {
      // closed meanwhile
    }
    type->unref(core);
  }
  return result;
}

} // namespace kv::ets::detail
