#pragma once

#include "actors/base/shared_text.hpp"
#include "actors/ets/expiring.hpp"
#include "actors/ets/table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// When something expires; by default never. A moment of the steady clock, so
/// that nothing expires because somebody sets the time.
using ets::deadline;

/// One item of a bucket: immutable strings of any bytes. Short ones are in the
/// row itself; copies of a long one share it.
struct field {
  field(std::string_view key, std::string_view value, deadline expires = {})
    : key(key), value(value), expires(expires) {
    // nop
  }

  shared_text key;
  shared_text value;
  deadline expires; ///< From then on it is not there.
};

/// The fields of one bucket: written by the bucket alone, read by everyone. The
/// strings are such a table too: a row is a name and what is stored there.
using fields_table
  = ets::expiring<ets::set<field, &field::key>, &field::expires>;

/// What is, or was, stored under a key. Absence is not an error.
using optional_bytes = std::optional<std::string>;

} // namespace kv
