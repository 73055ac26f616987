#pragma once

#include "actors/ets/retired_list.hpp"

#include <cstdint>

namespace kv::ets::detail {

class core_base;

/// Tells the hash of the keys of a table's entries, which have it or make it
/// again from their keys.
struct entry_hash {
  using function = std::uint64_t (*)(const core_base& of,
                                     const table_entry& x) noexcept;

  std::uint64_t operator()(const table_entry& x) const noexcept {
    return call(*of, x);
  }

  const core_base* of = nullptr;
  function call = nullptr;
};

} // namespace kv::ets::detail
