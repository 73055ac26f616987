#pragma once

#include "actors/ets/table.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace kv::otp {

/// Who goes by a name now. The identity of an actor that may be restarted is
/// its name, never its handle.
struct name_entry {
  std::string name;
  caf::strong_actor_ptr actor;
};

/// Written by supervisors alone, read by everyone.
using names_table = ets::set<name_entry, &name_entry::name>;

/// Returns the actor called `name`; a null handle if there is none now, also
/// when the table is gone.
/// Complexity: O(1), no message. Thread safety: any thread.
template <class Handle>
Handle whereis(const ets::reader<names_table>& names, std::string_view name) {
  Handle result = {};
  if (!names)
    return result;
  try {
    names.visit(name, [&](const name_entry& entry) {
      result = caf::actor_cast<Handle>(entry.actor);
    });
  } catch (const ets::error&) {
    // The table was closed in between: nobody is called anything any more.
  }
  return result;
}

} // namespace kv::otp
