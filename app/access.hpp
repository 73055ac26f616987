#pragma once

#include "app/options.hpp"

#include <string>
#include <string_view>

namespace kv::app {

/// Returns whether only this machine can reach a numeric address.
bool is_loopback(std::string_view address);

/// Returns the first line of the file `path`, without its end.
/// Errors: throws `refusal` with `exit_status::configuration` for what cannot
/// be read, is no regular file, has no first line, or one above 4096 bytes.
std::string read_password(const std::string& path);

/// Returns the password that clients have to know; empty: none.
/// Errors: as `read_password`.
std::string password_of(const options& opts);

/// Throws `refusal` with `exit_status::configuration` if other machines could
/// reach the servers and nothing keeps them out, or if options for TLS lack
/// others.
void check_access(const options& opts);

} // namespace kv::app
