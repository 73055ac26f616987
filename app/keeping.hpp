#pragma once

#include "actors/kv/keeper.hpp"
#include "app/options.hpp"

#include <memory>

namespace kv {

class application;

} // namespace kv

namespace kv::app {

/// Opens the data directory; returns null if there is none.
/// Errors: throws `durable_failure`; `refusal` if data are to be kept nowhere.
std::unique_ptr<keeper> open_keeper(const options& opts);

/// Waits until everything that was kept is back, and says how much that is.
/// Returns false if the application ended before.
bool await_recovery(const keeper& kept, const application& app);

} // namespace kv::app
