#pragma once

#include "actors/ets/core.hpp"

#include <mutex>
#include <string_view>
#include <typeinfo>
#include <unordered_map>

namespace kv::ets::detail {

/// The names of all named tables of the process.
///
/// Thread safety: every operation from any thread; constant time under one
/// mutex, which no table operation but opening, closing and whereis takes.
class directory {
public:
  /// Never destroyed: tables with static lifetime may close late.
  static directory& instance();

  /// Adds an entry, which must live until it is removed. Errors: name_taken.
  void add(const name_entry& entry);

  void remove(const name_entry& entry) noexcept;

  /// Returns the core of the table `name` with one more reference.
  /// Errors: no_such_table; wrong_type unless it was registered as `type`;
  /// access_denied if its access is less than `least`.
  core_base* find(std::string_view name, const std::type_info& type,
                  access least);

private:
  directory() = default;

  std::mutex mutex_;
  std::unordered_map<std::string_view, const name_entry*> names_;
};

} // namespace kv::ets::detail
