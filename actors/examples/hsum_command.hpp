#pragma once

#include "actors/otp/child_spec.hpp"
#include "actors/server/command.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace kv::examples {

namespace detail {

inline void hsum(const bucket_fields& fields, server::arguments,
                 server::resp_writer& out) {
  int64_t total = 0;
  auto overflow = false;
  fields.for_each([&](const field& x) {
    int64_t value = 0;
    auto text = x.value.view();
    const auto* end = text.data() + text.size();
    auto [ptr, err] = std::from_chars(text.data(), end, value);
    if (err == std::errc{} && ptr == end)
      overflow |= __builtin_add_overflow(total, value, &total);
  });
  if (overflow)
    out.error("ERR increment or decrement would overflow");
  else
    out.integer(total);
}

} // namespace detail

/// A command of one's own: `HSUM key` adds up the fields of a hash that are
/// integers. It runs inside the bucket, so nobody writes meanwhile; clients see
/// it in COMMAND, and may use it in a transaction.
inline constexpr server::command hsum_command{
  {.name = "hsum",
   .arity = 2,
   .flags = server::flag_readonly,
   .first_key = 1,
   .last_key = 1,
   .key_step = 1,
   .group = "hash",
   .since = "7.0.0",
   .complexity = "O(N) where N is the number of fields",
   .summary = "Adds up the fields of a hash that are integers.",
   .usage = "key"},
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  detail::hsum,
  [](server::arguments, server::resp_writer& out) { out.integer(0); }};

/// Starts no actor, but adds the command before clients come.
inline caf::expected<otp::child> start_hsum_command(caf::local_actor*) {
  server::add_command(hsum_command);
  return otp::child::ignore();
}

} // namespace kv::examples
