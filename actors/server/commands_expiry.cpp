#include "actors/server/command.hpp"
#include "actors/server/expire_options.hpp"

#include <array>
#include <optional>

// When strings and buckets expire.

namespace kv::server {

namespace {

std::optional<deadline> deadline_of(const name_readers& names,
                                    std::string_view key) {
  std::optional<deadline> result;
  names.visit_string(key, [&](const field& x) { result = x.expires; });
  if (!result)
    names.visit_bucket(key, [&](const bucket_entry& x) {
      result = x.expires.load();
    });
  return result;
}

bool has_passed(deadline x) {
  return x.passed(deadline::now());
}

// -- EXPIRE -------------------------------------------------------------------

bool check_expire(arguments args, resp_writer& out) {
  return read_expire(args, out).has_value();
}

void expire(const string_keys& keys, arguments args, resp_writer& out) {
  auto request = read_expire(args, out);
  if (!request)
    return;
  auto old = deadline_of(keys.names(), args[1]);
  if (!old || !request->condition.allows(*old, request->at)) {
    out.integer(0);
    return;
  }
  if (has_passed(request->at)) {
    if (keys.erase(args[1]) != name_kind::none)
      string_keys::tell(args[1], 'g', "del");
  } else {
    keys.expire(args[1], request->at);
    string_keys::tell(args[1], 'g', "expire");
  }
  out.integer(1);
}

/// Calls `f` with the entry of a bucket that is at work.
template <class F>
bool visit_own_entry(const bucket_fields& fields, F f) {
  return fields.size() > 0 && fields.names().visit_bucket(fields.name(), f);
}

void expire_bucket(const bucket_fields& fields, arguments args,
                   resp_writer& out) {
  auto request = read_expire(args, out);
  if (!request)
    return;
  auto done = false;
  visit_own_entry(fields, [&](const bucket_entry& x) {
    done = request->condition.allows(x.expires.load(), request->at);
    if (done && !has_passed(request->at))
      x.expires.store(request->at);
  });
  if (done && has_passed(request->at)) {
    fields.clear();
    fields.ends_when_empty(true);
  } else if (done) {
    fields.note_bucket(request->at);
    fields.tell('g', "expire");
  }
  out.integer(done ? 1 : 0);
}

// -- PERSIST ------------------------------------------------------------------

void persist(const string_keys& keys, arguments args, resp_writer& out) {
  auto old = deadline_of(keys.names(), args[1]);
  auto expires = old && !old->is_never();
  if (expires) {
    keys.expire(args[1], {});
    string_keys::tell(args[1], 'g', "persist");
  }
  out.integer(expires ? 1 : 0);
}

void persist_bucket(const bucket_fields& fields, arguments, resp_writer& out) {
  auto done = false;
  visit_own_entry(fields, [&](const bucket_entry& x) {
    done = !x.expires.load().is_never();
    x.expires.store({});
  });
  if (done)
    fields.tell('g', "persist");
  out.integer(done ? 1 : 0);
}

// -- TTL ----------------------------------------------------------------------

void reply_time(const std::optional<deadline>& at, arguments args,
                resp_writer& out) {
  if (!at)
    out.integer(-2);
  else if (at->is_never())
    out.integer(-1);
  else
    out.integer(time_in(form_of(find_command(args[0])->name), *at, false));
}

void ttl(const name_readers& names, arguments args, resp_writer& out) {
  reply_time(deadline_of(names, args[1]), args, out);
}

void ttl_bucket(const bucket_fields& fields, arguments args, resp_writer& out) {
  std::optional<deadline> at;
  visit_own_entry(fields,
                  [&](const bucket_entry& x) { at = x.expires.load(); });
  reply_time(at, args, out);
}

void reply_zero(arguments, resp_writer& out) {
  out.integer(0);
}

void reply_none(arguments, resp_writer& out) {
  out.integer(-2);
}

constexpr command expiring(std::string_view name, std::string_view since,
                           std::string_view usage) {
  constexpr uint16_t flags = flag_write | flag_fast | flag_any_type;
  return also_in_bucket(in_strings({name, -3, flags, 1, 1, 1, "generic", since,
                                    "O(1)", "Says when a key expires.", usage},
                                   expire, check_expire),
                        expire_bucket, reply_zero);
}

constexpr command telling(std::string_view name, std::string_view since) {
  constexpr uint16_t flags = flag_readonly | flag_fast;
  return also_in_bucket(on_names({name, 2, flags, 1, 1, 1, "generic", since,
                                  "O(1)", "Returns when a key expires.", "key"},
                                 ttl),
                        ttl_bucket, reply_none);
}

constexpr std::array<command, 9> table{{
  expiring("expire", "1.0.0", "key seconds [NX | XX | GT | LT]"),
  expiring("pexpire", "2.6.0", "key milliseconds [NX | XX | GT | LT]"),
  expiring("expireat", "1.2.0", "key unix-time-seconds [NX | XX | GT | LT]"),
  expiring("pexpireat", "2.6.0",
           "key unix-time-milliseconds [NX | XX | GT | LT]"),
  telling("ttl", "1.0.0"),
  telling("pttl", "2.6.0"),
  telling("expiretime", "7.0.0"),
  telling("pexpiretime", "7.0.0"),
  also_in_bucket(
    in_strings({"persist", 2, flag_write | flag_fast | flag_any_type, 1, 1, 1,
                "generic", "2.2.0", "O(1)", "Has a key not expire.", "key"},
               persist),
    persist_bucket, reply_zero),
}};

} // namespace

std::span<const command> expiry_commands() {
  return table;
}

} // namespace kv::server
