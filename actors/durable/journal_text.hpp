#pragma once

#include "actors/kv/durable.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The form of the journal's rows. Complexity: O(bytes). Thread safety: any
// thread. What is read points into the text that it was read from.

namespace kv::durable {

/// What a group of changes does to a field.
struct field_change {
  uint64_t owner = 0; ///< By what number its fields go.
  std::string_view key;
  int64_t expires = kept_changes::never;
  std::string_view value;
  bool erased = false;
};

/// Appends a change to what a row of the journal holds.
void append_change(std::string& to, const field_change& x);

/// Takes one change from the beginning; nothing if that is none, whatever the
/// text is: then what is left of it is undefined.
std::optional<field_change> take_change(std::string_view& from);

/// Returns whether this is what a row of the journal holds.
bool is_journal_text(std::string_view text);

} // namespace kv::durable
