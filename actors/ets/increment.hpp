#pragma once

#include "actors/ets/error.hpp"

#include <concepts>
#include <optional>

namespace kv::ets {

/// How a counter changes: it grows by `by`, but one that would pass `threshold`
/// (upwards if `by` is not negative, otherwise downwards) becomes `reset`.
template <std::integral N>
struct increment {
  N by = 1;
  std::optional<N> threshold{};
  N reset = 0;
};

/// Returns what a counter becomes. Errors: system_limit if N cannot hold it.
template <std::integral N>
N changed(N value, const increment<N>& how) {
  N result{};
  const bool overflow = __builtin_add_overflow(value, how.by, &result);
  if (how.threshold
      && (how.by < 0 ? overflow || result < *how.threshold
                     : overflow || result > *how.threshold))
    return how.reset;
  if (overflow)
    throw error(errc::system_limit, "counter overflow");
  return result;
}

} // namespace kv::ets
