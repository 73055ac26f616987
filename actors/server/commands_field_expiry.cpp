#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/expire_options.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <optional>
#include <string>

// When fields expire, as Redis 7.4 documents it: HEXPIRE and its like.

namespace kv::server {

namespace {

constexpr int64_t no_such_field = -2;
constexpr int64_t has_no_deadline = -1;
constexpr int64_t not_now = 0;
constexpr int64_t done = 1;
constexpr int64_t erased = 2;

/// Returns the fields behind FIELDS and their number. Replies and returns
/// nothing if that is wrong.
std::optional<arguments> read_fields(arguments words, resp_writer& out) {
  if (words.size() < 2 || !is_word(words[0], "FIELDS")) {
    out.error("ERR Mandatory argument FIELDS is missing or not at the right "
              "position");
    return std::nullopt;
  }
  auto count = to_integer(words[1]);
  if (!count || *count < 1) {
    out.error("ERR Parameter `numFields` should be greater than 0");
    return std::nullopt;
  }
  auto fields = words.subspan(2);
  if (fields.size() != static_cast<size_t>(*count)) {
    out.error(
      "ERR The `numfields` parameter must match the number of arguments");
    return std::nullopt;
  }
  return fields;
}

// -- HEXPIRE ------------------------------------------------------------------

struct field_expire_request {
  expire_request what;
  arguments fields;
};

std::optional<deadline> read_time(arguments args, resp_writer& out) {
  auto time = to_integer(args[2]);
  if (!time) {
    out.error(error_text::not_an_integer);
    return std::nullopt;
  }
  if (*time < 0) {
    out.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const auto* what = find_command(args[0]);
  // The latest moment that Redis takes for a field: 46 bits of milliseconds.
  constexpr auto latest = (int64_t{1} << 46) - 1;
  auto moment = moment_of(*time, form_of(what->name));
  if (!moment || moment->unix_time > latest) {
    out.error("ERR invalid expire time in '" + std::string{what->name}
              + "' command");
    return std::nullopt;
  }
  return moment->at;
}

std::optional<field_expire_request> read_request(arguments args,
                                                 resp_writer& out) {
  field_expire_request result;
  auto at = read_time(args, out);
  if (!at)
    return std::nullopt;
  result.what.at = *at;
  size_t next = 3;
  if (next < args.size() && result.what.condition.take(args[next]))
    ++next;
  auto fields = read_fields(args.subspan(next), out);
  if (!fields)
    return std::nullopt;
  result.fields = *fields;
  return result;
}

bool check_expire(arguments args, resp_writer& out) {
  return read_request(args, out).has_value();
}

int64_t expire_one(const bucket_fields& fields, std::string_view key,
                   const expire_request& what) {
  std::optional<deadline> old;
  fields.visit(key, [&](const field& x) { old = x.expires; });
  if (!old)
    return no_such_field;
  if (!what.condition.allows(*old, what.at))
    return not_now;
  if (!what.at.passed(deadline::now())) {
    fields.expire(key, what.at);
    return done;
  }
  fields.erase(key);
  return erased;
}

void expire(const bucket_fields& fields, arguments args, resp_writer& out) {
  auto request = read_request(args, out);
  if (!request)
    return;
  auto any_expires = false;
  auto any_erased = false;
  out.array(request->fields.size());
  for (auto key : request->fields) {
    auto result = expire_one(fields, key, request->what);
    any_expires = any_expires || result == done;
    any_erased = any_erased || result == erased;
    out.integer(result);
  }
  if (any_expires)
    fields.tell('h', "hexpire");
  if (any_erased)
    fields.tell('h', "hdel");
}

void reply_none(arguments fields, resp_writer& out) {
  out.array(fields.size());
  for (size_t i = 0; i < fields.size(); ++i)
    out.integer(no_such_field);
}

void expire_absent(arguments args, resp_writer& out) {
  if (auto request = read_request(args, out))
    reply_none(request->fields, out);
}

// -- HTTL, HPERSIST -----------------------------------------------------------

bool check_fields(arguments args, resp_writer& out) {
  return read_fields(args.subspan(2), out).has_value();
}

void fields_absent(arguments args, resp_writer& out) {
  if (auto fields = read_fields(args.subspan(2), out))
    reply_none(*fields, out);
}

void ttl(const bucket_fields& fields, arguments args, resp_writer& out) {
  auto keys = *read_fields(args.subspan(2), out);
  auto form = form_of(find_command(args[0])->name);
  out.array(keys.size());
  for (auto key : keys) {
    auto result = no_such_field;
    fields.visit(key, [&](const field& x) {
      result = x.expires.is_never() ? has_no_deadline
                                    : time_in(form, x.expires, true);
    });
    out.integer(result);
  }
}

void persist(const bucket_fields& fields, arguments args, resp_writer& out) {
  auto keys = *read_fields(args.subspan(2), out);
  auto any = false;
  out.array(keys.size());
  for (auto key : keys) {
    auto result = no_such_field;
    fields.visit(key, [&](const field& x) {
      result = x.expires.is_never() ? has_no_deadline : done;
    });
    if (result == done)
      fields.expire(key, {});
    any = any || result == done;
    out.integer(result);
  }
  if (any)
    fields.tell('h', "hpersist");
}

constexpr std::string_view of = "O(N) where N is the number of fields";

constexpr command expiring(std::string_view name, std::string_view usage) {
  return in_bucket({name, -6, flag_write | flag_fast | flag_rows, 1, 1, 1,
                    "hash", "7.4.0", of, "Says when fields expire.", usage},
                   expire, expire_absent, check_expire);
}

constexpr command telling(std::string_view name) {
  return in_bucket({name, -5, flag_readonly | flag_fast, 1, 1, 1, "hash",
                    "7.4.0", of, "Returns when fields expire.",
                    "key FIELDS numfields field [field ...]"},
                   ttl, fields_absent, check_fields);
}

constexpr std::array<command, 9> table{{
  expiring("hexpire", "key seconds [NX | XX | GT | LT] FIELDS numfields field "
                      "[field ...]"),
  expiring("hpexpire", "key milliseconds [NX | XX | GT | LT] FIELDS numfields "
                       "field [field ...]"),
  expiring("hexpireat", "key unix-time-seconds [NX | XX | GT | LT] FIELDS "
                        "numfields field [field ...]"),
  expiring("hpexpireat", "key unix-time-milliseconds [NX | XX | GT | LT] "
                         "FIELDS numfields field [field ...]"),
  telling("httl"),
  telling("hpttl"),
  telling("hexpiretime"),
  telling("hpexpiretime"),
  in_bucket({"hpersist", -5, flag_write | flag_fast | flag_rows, 1, 1, 1,
             "hash", "7.4.0", of, "Has fields not expire.",
             "key FIELDS numfields field [field ...]"},
            persist, fields_absent, check_fields),
}};

} // namespace

std::span<const command> field_expiry_commands() {
  return table;
}

} // namespace kv::server
