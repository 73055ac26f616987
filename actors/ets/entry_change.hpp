#pragma once

#include "actors/ets/entry_hash.hpp"

#include <cstddef>
#include <cstdint>

namespace kv::ets::detail {

/// What a hash_index asks of the entries of an engine.
struct entry_functions {
  /// Bytes beyond one node per row; null: none has any.
  std::size_t (*bytes)(const table_entry& x) noexcept;
  entry_hash::function hash;
};

/// What a write does to the entry of a key.
struct entry_change {
  enum class kind : std::uint8_t { none, put, remove };

  kind what = kind::none;
  table_entry* entry = nullptr;
  /// What it adds to the number of rows, and to the bytes beyond their nodes.
  std::ptrdiff_t rows = 0;
  std::ptrdiff_t bytes = 0;
};

} // namespace kv::ets::detail
