#pragma once

#include "actors/ets/expiring.hpp"
#include "actors/ets/table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// When something expires; by default never. A moment of the steady clock, so
/// that nothing expires because somebody sets the time.
using ets::deadline;

/// One item of a bucket. A value is an immutable string of any bytes.
struct field {
  std::string key;
  std::string value;
  deadline expires{}; ///< From then on it is not there.
};

/// The fields of one bucket: written by the bucket alone, read by everyone. The
/// strings are such a table too: a row is a name and what is stored there.
using fields_table
  = ets::expiring<ets::set<field, &field::key>, &field::expires>;

/// What is, or was, stored under a key. Absence is not an error.
using optional_bytes = std::optional<std::string>;

} // namespace kv
