#pragma once

#include "actors/ets/core.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace kv::ets::detail {

/// The names of all named tables of the process.
///
/// Thread safety: every operation from any thread; constant time under one
/// mutex, which no table operation but opening, closing, renaming, info and
/// whereis takes.
class directory {
public:
  /// Never destroyed: tables with static lifetime may close late.
  static directory& instance();

  /// Adds an entry, which must live until it is removed. Errors: name_taken.
  void add(name_entry& entry, std::string name);

  /// Changes the name of an entry, added or not. Errors: name_taken.
  void rename(name_entry& entry, std::string name);

  /// Removes an entry if it was added.
  void remove(name_entry& entry) noexcept;

  /// Exchanges the heir of an entry.
  void swap_heir(name_entry& entry,
                 std::function<void(core_base*)>& heir) noexcept;

  /// Copies what an entry says into `info`.
  void describe(const name_entry& entry, table_info& info);

  /// Returns the core of the table `name` with one more reference.
  /// Errors: no_such_table; wrong_type unless it was registered as `type`;
  /// access_denied if its access is less than `least`.
  core_base* find(std::string_view name, const std::type_info& type,
                  access least);

  /// Describes all tables that have a registered name, one after the other.
  std::vector<table_info> all();

private:
  directory() = default;

  std::mutex mutex_;
  std::unordered_map<std::string_view, name_entry*> names_;
};

} // namespace kv::ets::detail
