#pragma once

#include "actors/otp/names.hpp"
#include "actors/otp/supervisor.hpp"

#include <boost/container_hash/hash.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kv::otp {

/// Returns the names of `n` copies of `id`: `id/0`, `id/1`, ...
std::vector<std::string> partition_names(const std::string& id, size_t n);

/// How many copies there are unless one says so: one per core.
size_t default_partitions();

/// The copies of one child.
struct partition_options {
  /// Returns the spec of copy `i`, whose id is made up. Copies that are
  /// supervisors want `supervisor_spec` or `dynamic_supervisor_spec`.
  std::function<child_spec(size_t i)> copy;
  size_t count = default_partitions();
  supervisor_flags flags = {};
  crash_journal_ptr journal = {};
};

/// Returns the spec of a supervisor over copies of one child (Elixir:
/// `PartitionSupervisor`), named as `partition_names` says.
/// Errors: throws `std::invalid_argument` if there are to be no copies.
child_spec partitioned_supervisor_spec(const std::string& id,
                                       const ets::writer<names_table>& names,
                                       partition_options options);

/// Finds the copy that serves a key: always the same one.
/// Thread safety: any thread; cheap to copy.
class partitions {
public:
  /// Errors: throws `std::invalid_argument` if `n` is 0.
  partitions(ets::reader<names_table> names, const std::string& id, size_t n);

  size_t size() const noexcept {
    return ids_->size();
  }

  /// Returns the number of the copy for `key`: an integer by its absolute
  /// value, as Elixir does, anything else by its hash.
  template <class Key>
  size_t index_of(const Key& key) const {
    if constexpr (std::signed_integral<Key>) {
      auto x = static_cast<uint64_t>(key);
      return (key < 0 ? uint64_t{0} - x : x) % size();
    } else if constexpr (std::unsigned_integral<Key>) {
      return key % size();
    } else if constexpr (std::is_convertible_v<const Key&, std::string_view>) {
      return boost::hash<std::string_view>{}(key) % size();
    } else {
      return boost::hash<Key>{}(key) % size();
    }
  }

  /// Returns the copy for `key`; a null handle while it is being restarted.
  /// Complexity: O(1), no message.
  template <class Handle, class Key>
  Handle find(const Key& key) const {
    return whereis<Handle>(names_, (*ids_)[index_of(key)]);
  }

private:
  ets::reader<names_table> names_;
  std::shared_ptr<const std::vector<std::string>> ids_;
};

} // namespace kv::otp
