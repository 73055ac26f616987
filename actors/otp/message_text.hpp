#pragma once

#include <caf/type_erased_tuple.hpp>

#include <cstddef>
#include <string>

namespace kv::otp {

/// Returns the texts of a message's atoms and the names of its other types.
/// Thread safety: reads types and atoms alone, which no handler changes.
std::string types_of(const caf::type_erased_tuple& content);

/// The same with the values of numbers, and the first `most` bytes of strings.
std::string text_of(const caf::type_erased_tuple& content, size_t most);

} // namespace kv::otp
