#pragma once

#include "actors/base/glob.hpp"
#include "actors/otp/event_manager.hpp"

#include <caf/message.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

// Filters for handlers of an event manager.

namespace kv::otp {

/// Accepts events that consist of a `T` that `pred(const T&)` accepts.
template <class T, std::predicate<const T&> Pred>
event_filter accepts(Pred pred) {
  return [pred = std::move(pred)](const caf::message& x) {
    return x.match_elements<T>() && pred(x.get_as<T>(0));
  };
}

/// Accepts events `(Kind, ...)`, where a kind is an atom.
template <class Kind>
event_filter of_kind(Kind) {
  return [](const caf::message& x) {
    return !x.empty() && x.match_element<Kind>(0);
  };
}

/// Accepts events whose first string matches a pattern of `glob_matches`.
/// Complexity: that of `glob_matches`, which is bounded.
inline event_filter named(std::string pattern) {
  return [pattern = std::move(pattern)](const caf::message& x) {
    for (size_t i = 0; i < x.size(); ++i)
      if (x.match_element<std::string>(i))
        return glob_matches(pattern, x.get_as<std::string>(i));
    return false;
  };
}

/// Accepts what both accept.
inline event_filter both(event_filter first, event_filter second) {
  return [first = std::move(first), second = std::move(second)](
           const caf::message& x) { return first(x) && second(x); };
}

} // namespace kv::otp
