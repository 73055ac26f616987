#pragma once

#include "actors/ets/dynamic/functions.hpp"

#include <span>

namespace kv::ets::dynamic::detail {

/// What terms are, and their parts: `is_list`, `element`, `map_get`, ...
std::span<const function> term_functions() noexcept;

/// Logic and comparisons: `and`, `=<`, `=:=`, ...
std::span<const function> logic_functions() noexcept;

/// Arithmetic: `+`, `div`, `bsl`, `round`, ...
std::span<const function> number_functions() noexcept;

} // namespace kv::ets::dynamic::detail
