#pragma once

#include "actors/kv/client.hpp"
#include "actors/kv/durable.hpp"

#include <string>

namespace kv {

/// As `client::create`, for a bucket that is kept in a mode of its own, also
/// after a restart: its acknowledgements follow that mode, and with
/// `durability::none` nothing of it is kept but its name.
/// Errors: throws `failure`, with `ec::badarg` if there is a bucket of that
/// name with another mode, or if nothing is kept and `mode` is not `none`.
bucket create(const client& app, std::string name, durability mode);

/// The same without waiting; see `client::create`.
void create(const client& app, std::string name, durability mode,
            completion<bucket_ref> done);

} // namespace kv
