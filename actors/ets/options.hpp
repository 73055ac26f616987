#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kv::ets {

/// Who may get a handle to a table.
enum class access : std::uint8_t {
  /// Nobody: the owner alone reads and writes.
  private_,
  /// Anyone may get a reader; writers come from the owner only.
  protected_,
  /// Anyone may get a reader or a writer by name.
  public_,
};

/// How a table is made.
struct options {
  /// Registers the table in the process-wide directory; empty: not named.
  std::string name{};
  /// Who may get a handle.
  ets::access access = ets::access::protected_;
};

/// What is known about a table at one moment.
struct table_info {
  /// Unique in this process and never used again.
  std::uint64_t id = 0;
  /// The registered name; empty if the table is not named.
  std::string name;
  /// Whether the table is registered under `name`.
  bool named = false;
  /// Who may get a handle.
  ets::access access = ets::access::protected_;
  /// Number of rows.
  std::size_t size = 0;
  /// Number of removed rows that a reader may still hold.
  std::size_t retired = 0;
  /// Heap bytes of the table itself, including the retired ones; what the rows
  /// allocate for their own members does not count.
  std::size_t bytes = 0;
};

} // namespace kv::ets
