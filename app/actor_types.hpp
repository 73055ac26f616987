#pragma once

#include "actors/otp/child_spec.hpp"

#include <string>
#include <vector>

namespace kv::app {

/// Returns the names of the actor types that `kv serve --with NAME` accepts.
std::vector<std::string> actor_type_names();

/// Returns the child spec that starts an actor type; its id is `name`.
/// @pre `name` is one of `actor_type_names()`
otp::child_spec actor_type_spec(const std::string& name);

} // namespace kv::app
