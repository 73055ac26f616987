#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

/// Returns the word of ETS for `x`, e.g. "protected".
/// Thread safety: any thread. Errors: none.
constexpr std::string_view to_string(access x) noexcept {
  constexpr std::array<std::string_view, 3> words{"private", "protected",
                                                  "public"};
  return words[static_cast<std::size_t>(x)];
}

/// Which rows a table can hold.
enum class kind : std::uint8_t {
  /// One row per key, in no order.
  set,
  /// One row per key, in the order of the keys.
  ordered_set,
  /// Any number of different rows per key.
  bag,
  /// Any number of rows per key.
  duplicate_bag,
};

/// Returns the word of ETS for `x`, e.g. "ordered_set".
/// Thread safety: any thread. Errors: none.
constexpr std::string_view to_string(kind x) noexcept {
  constexpr std::array<std::string_view, 4> words{"set", "ordered_set", "bag",
                                                  "duplicate_bag"};
  return words[static_cast<std::size_t>(x)];
}

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
  /// Which rows it can hold.
  ets::kind kind = ets::kind::set;
  /// The name, registered or not.
  std::string name;
  /// Whether the table is registered under `name`.
  bool named = false;
  /// Who may get a handle.
  ets::access access = ets::access::protected_;
  /// Whether somebody inherits the table when its owner ends.
  bool has_heir = false;
  /// Number of rows.
  std::size_t size = 0;
  /// Number of removed rows that a reader may still hold.
  std::size_t retired = 0;
  /// Number of threads that are inside a visit of any table, and so keep what
  /// has been removed.
  std::size_t readers = 0;
  /// Heap bytes of the table itself, including the retired rows; what rows have
  /// allocated counts if they say how much (`row_bytes.hpp`).
  std::size_t bytes = 0;
};

} // namespace kv::ets
