#pragma once

#include "actors/ets/dynamic/value.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace kv::ets::dynamic::detail {

/// A function that guards and bodies may call; it fails by returning nothing.
struct function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  std::optional<value> (*call)(std::span<const value> args);
};

/// Returns the function of this name that takes so many arguments; null if
/// there is none.
const function* find_function(std::string_view name, std::size_t args) noexcept;

/// Whether there is a function of this name.
bool is_function(std::string_view name) noexcept;

} // namespace kv::ets::dynamic::detail
