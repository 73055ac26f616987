#include "actors/server/command.hpp"

#include <array>

// One name, or several, whatever they mean: buckets and strings.

namespace kv::server {

namespace {

void reply_zero(arguments, resp_writer& out) {
  out.integer(0);
}

// -- DEL ----------------------------------------------------------------------

void del(const string_keys& keys, arguments args, resp_writer& out) {
  int64_t count = 0;
  for (auto key : args.subspan(1)) {
    if (keys.erase(key) == name_kind::none)
      continue;
    ++count;
    string_keys::tell(key, 'g', "del");
  }
  out.integer(count);
}

void del_bucket(const bucket_fields& fields, arguments, resp_writer& out) {
  auto existed = fields.size() > 0;
  fields.clear();
  fields.ends_when_empty(true);
  out.integer(existed ? 1 : 0);
}

// -- EXISTS, TYPE -------------------------------------------------------------

void exists(const name_readers& names, arguments args, resp_writer& out) {
  int64_t count = 0;
  for (auto key : args.subspan(1))
    count += names.kind_of(key) == name_kind::none ? 0 : 1;
  out.integer(count);
}

void exists_bucket(const bucket_fields& fields, arguments args,
                   resp_writer& out) {
  auto names = static_cast<int64_t>(args.size()) - 1;
  out.integer(fields.size() > 0 ? names : 0);
}

void type(const name_readers& names, arguments args, resp_writer& out) {
  switch (names.kind_of(args[1])) {
    case name_kind::string:
      out.simple_string("string");
      break;
    case name_kind::bucket:
      out.simple_string("hash");
      break;
    case name_kind::none:
      out.simple_string("none");
  }
}

void type_bucket(const bucket_fields& fields, arguments, resp_writer& out) {
  out.simple_string(fields.size() > 0 ? "hash" : "none");
}

void type_absent(arguments, resp_writer& out) {
  out.simple_string("none");
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of keys";
constexpr std::string_view generic = "generic";
constexpr uint16_t read = flag_readonly | flag_fast;
constexpr uint16_t write = flag_write | flag_any_type | flag_rows;

constexpr std::array<command, 5> table{{
  also_in_bucket(in_strings({"del", -2, write, 1, -1, 1, generic, "1.0.0", on,
                             "Erases strings and ends buckets.",
                             "key [key ...]"},
                            del),
                 del_bucket, reply_zero),
  also_in_bucket(in_strings({"unlink", -2, write | flag_fast, 1, -1, 1, generic,
                             "4.0.0", on, "Erases strings and ends buckets.",
                             "key [key ...]"},
                            del),
                 del_bucket, reply_zero),
  also_in_bucket(on_names({"exists", -2, read, 1, -1, 1, generic, "1.0.0", on,
                           "Returns how many of the keys exist.",
                           "key [key ...]"},
                          exists),
                 exists_bucket, reply_zero),
  also_in_bucket(on_names({"touch", -2, read, 1, -1, 1, generic, "3.2.1", on,
                           "Returns how many of the keys exist.",
                           "key [key ...]"},
                          exists),
                 exists_bucket, reply_zero),
  also_in_bucket(on_names({"type", 2, read, 1, 1, 1, generic, "1.0.0", o1,
                           "Returns string, hash, or none.", "key"},
                          type),
                 type_bucket, type_absent),
}};

} // namespace

std::span<const command> key_commands() {
  return table;
}

} // namespace kv::server
