#pragma once

#include "actors/kv/wall_time.hpp"
#include "actors/server/resp_writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace kv::server {

/// How a request says when something expires: EX, PX, EXAT, PXAT.
struct expiry_form {
  bool in_seconds = true; ///< Or in milliseconds.
  bool at = false;        ///< Of Unix time, or from now on.
};

/// What a number in a request means.
struct expiry_moment {
  int64_t unix_time = 0; ///< In milliseconds.
  deadline at{};
};

/// Returns the moment that `time` is in that form; nothing if its Unix time has
/// more than 64 bits. What counts from now on does not ask the wall clock.
std::optional<expiry_moment> moment_of(int64_t time, expiry_form form) noexcept;

/// Returns the milliseconds that are left; at least 0.
int64_t milliseconds_to(deadline x) noexcept;

/// Returns the form of an option of SET, in upper or lower case.
std::optional<expiry_form> expiry_option(std::string_view word) noexcept;

/// Reads a time as Redis's SET does. Replies and returns nothing if it is no
/// number, not positive, or too large.
/// @param command Its name, for the reply.
std::optional<deadline> read_expiry(std::string_view text, expiry_form form,
                                    std::string_view command, resp_writer& out);

} // namespace kv::server
