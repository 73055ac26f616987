#pragma once

#include "actors/server/command.hpp"
#include "actors/server/expiry_words.hpp"

#include <optional>

namespace kv::server {

/// The conditions of EXPIRE and HEXPIRE.
struct expire_condition {
  bool if_none = false;    ///< NX: it does not expire yet.
  bool if_any = false;     ///< XX: it does.
  bool if_later = false;   ///< GT: than it does now.
  bool if_earlier = false; ///< LT

  /// Takes a word in; returns whether it is one of these.
  bool take(std::string_view word);

  /// Returns whether they can hold together; replies if not.
  bool is_possible(resp_writer& out) const;

  /// Returns whether what expires at `old` may expire at `fresh` instead.
  bool allows(deadline old, deadline fresh) const;
};

/// What EXPIRE and its like ask for.
struct expire_request {
  deadline at;
  expire_condition condition;
};

/// Returns what the name of a command says of its times: PEXPIREAT.
expiry_form form_of(std::string_view command);

/// Reads the words of EXPIRE behind the key. Replies and returns nothing if
/// they are wrong.
std::optional<expire_request> read_expire(arguments args, resp_writer& out);

/// Returns a time as TTL, PTTL, EXPIRETIME and PEXPIRETIME give it.
/// @param round_up To whole seconds, or to the nearest one.
int64_t time_in(expiry_form form, deadline at, bool round_up);

} // namespace kv::server
