#pragma once

#include "actors/server/command.hpp"
#include "actors/server/expiry_words.hpp"

#include <optional>
#include <string_view>

namespace kv::server {

/// The options of SET and GETEX.
struct set_options {
  bool if_absent = false;  ///< NX
  bool if_present = false; ///< XX
  bool get = false;        ///< GET: replies the old value.
  bool keep_ttl = false;   ///< KEEPTTL
  bool persist = false;    ///< PERSIST, of GETEX
  std::optional<expiry_form> expiry = std::nullopt;
  std::string_view time{}; ///< With `expiry`.
};

/// Reads the options of SET from the fourth word on, of GETEX from the third.
/// Replies and returns nothing if the words are wrong.
std::optional<set_options> read_set_options(arguments args, resp_writer& out);
std::optional<set_options> read_getex_options(arguments args, resp_writer& out);

} // namespace kv::server
