#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/set_options.hpp"

#include <array>
#include <deque>
#include <string>
#include <utility>
#include <vector>

// Strings as a whole: what reads and what replaces them.

namespace kv::server {

namespace {

/// Has `show` reply for a string, `absent` for no such name. Looks twice where
/// nothing is: between two looks a name may go from a bucket to a string.
template <class Show, class Absent>
void read_string(const name_readers& names, std::string_view key,
                 resp_writer& out, Show show, Absent absent) {
  for (auto looks = 2; looks > 0; --looks) {
    if (names.visit_string(key, show))
      return;
    if (names.has_bucket(key)) {
      out.error(error_text::wrong_type);
      return;
    }
  }
  absent();
}

void get(const name_readers& names, arguments args, resp_writer& out) {
  auto show = [&](const field& x) { out.bulk(x.value); };
  read_string(names, args[1], out, show, [&] { out.null(); });
}

void strlen(const name_readers& names, arguments args, resp_writer& out) {
  auto show = [&](const field& x) {
    out.integer(static_cast<int64_t>(x.value.size()));
  };
  read_string(names, args[1], out, show, [&] { out.integer(0); });
}

// In the strings: it must not see half of an MSET.
void mget(const string_keys& keys, arguments args, resp_writer& out) {
  out.array(args.size() - 1);
  for (auto key : args.subspan(1))
    if (!keys.visit(key, [&](const field& x) { out.bulk(x.value); }))
      out.null();
}

// -- SET ----------------------------------------------------------------------

bool check_set(arguments args, resp_writer& out) {
  auto options = read_set_options(args, out);
  return options
         && (!options->expiry
             || read_expiry(options->time, *options->expiry, "set", out));
}

void set(const string_keys& keys, arguments args, resp_writer& out) {
  auto options = *read_set_options(args, out);
  deadline expires;
  if (options.expiry)
    expires = *read_expiry(options.time, *options.expiry, "set", out);
  const string_keys::held_name name{keys, args[1]};
  auto kind = name.kind();
  if (options.get && kind == name_kind::bucket) {
    out.error(error_text::wrong_type);
    return;
  }
  if (options.get || options.keep_ttl)
    keys.visit(args[1], [&](const field& x) {
      if (options.get)
        out.bulk(x.value);
      if (options.keep_ttl)
        expires = x.expires;
    });
  if (options.get && kind == name_kind::none)
    out.null();
  auto exists = kind != name_kind::none;
  if ((options.if_absent && exists) || (options.if_present && !exists)) {
    if (!options.get)
      out.null();
    return;
  }
  keys.put(args[1], args[2], expires);
  string_keys::tell(args[1], '$', "set");
  if (options.expiry)
    string_keys::tell(args[1], 'g', "expire");
  if (!options.get)
    out.simple_string("OK");
}

template <bool InSeconds>
bool check_setex(arguments args, resp_writer& out) {
  return read_expiry(args[2], {InSeconds}, InSeconds ? "setex" : "psetex", out)
    .has_value();
}

template <bool InSeconds>
void setex(const string_keys& keys, arguments args, resp_writer& out) {
  auto expires = read_expiry(args[2], {InSeconds}, "", out);
  if (!expires)
    return;
  keys.put(args[1], args[3], *expires);
  string_keys::tell(args[1], '$', "set");
  string_keys::tell(args[1], 'g', "expire");
  out.simple_string("OK");
}

void setnx(const string_keys& keys, arguments args, resp_writer& out) {
  const string_keys::held_name name{keys, args[1]};
  if (name.is_absent()) {
    keys.put(args[1], args[2]);
    string_keys::tell(args[1], '$', "set");
  }
  out.integer(name.is_absent() ? 1 : 0);
}

void getset(const string_keys& keys, arguments args, resp_writer& out) {
  if (!keys.visit(args[1], [&](const field& x) { out.bulk(x.value); }))
    out.null();
  keys.put(args[1], args[2]);
  string_keys::tell(args[1], '$', "set");
}

void getdel(const string_keys& keys, arguments args, resp_writer& out) {
  if (!keys.visit(args[1], [&](const field& x) { out.bulk(x.value); })) {
    out.null();
    return;
  }
  keys.erase(args[1]);
  string_keys::tell(args[1], 'g', "del");
}

// As Redis does, the time is looked at only if there is a string.
bool check_getex(arguments args, resp_writer& out) {
  return read_getex_options(args, out).has_value();
}

void getex(const string_keys& keys, arguments args, resp_writer& out) {
  std::string value;
  if (!keys.visit(args[1], [&](const field& x) { value = x.value; })) {
    out.null();
    return;
  }
  auto options = *read_getex_options(args, out);
  deadline expires;
  if (options.expiry) {
    auto time = read_expiry(options.time, *options.expiry, "getex", out);
    if (!time)
      return;
    expires = *time;
  }
  out.bulk(value);
  if (options.persist) {
    keys.put(args[1], value);
    string_keys::tell(args[1], 'g', "persist");
  } else if (options.expiry) {
    keys.put(args[1], value, expires);
    string_keys::tell(args[1], 'g', "expire");
  }
}

// -- several ------------------------------------------------------------------

bool check_pairs(arguments args, resp_writer& out) {
  if (args.size() % 2 == 1)
    return true;
  out.error("ERR wrong number of arguments for '"
            + std::string{find_command(args[0])->name} + "' command");
  return false;
}

void store_pairs(const string_keys& keys, arguments pairs) {
  std::vector<field> rows;
  rows.reserve(pairs.size() / 2);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2)
    rows.emplace_back(pairs[i], pairs[i + 1]);
  keys.put_many(std::move(rows));
  for (size_t i = 0; i + 1 < pairs.size(); i += 2)
    string_keys::tell(pairs[i], '$', "set");
}

void mset(const string_keys& keys, arguments args, resp_writer& out) {
  store_pairs(keys, args.subspan(1));
  out.simple_string("OK");
}

void msetnx(const string_keys& keys, arguments args, resp_writer& out) {
  std::deque<string_keys::held_name> names;
  for (size_t i = 1; i + 1 < args.size(); i += 2)
    if (!names.emplace_back(keys, args[i]).is_absent()) {
      out.integer(0);
      return;
    }
  store_pairs(keys, args.subspan(1));
  out.integer(1);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of keys";
constexpr std::string_view string = "string";
constexpr uint16_t read = flag_readonly | flag_fast;
constexpr uint16_t write = flag_write | flag_fast;
constexpr uint16_t replace = flag_write | flag_any_type;

constexpr std::array<command, 12> table{{
  on_names({"get", 2, read, 1, 1, 1, string, "1.0.0", o1,
            "Returns the value of a string.", "key"},
           get),
  on_names({"strlen", 2, read, 1, 1, 1, string, "2.2.0", o1,
            "Returns the length of a string.", "key"},
           strlen),
  in_strings({"mget", -2, read | flag_any_type, 1, -1, 1, string, "1.0.0", on,
              "Returns the values of strings.", "key [key ...]"},
             mget),
  in_strings({"set", -3, replace, 1, 1, 1, string, "1.0.0", o1,
              "Sets a string; a bucket of that name ends.",
              "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT "
              "unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"},
             set, check_set),
  in_strings({"setex", 4, replace, 1, 1, 1, string, "2.0.0", o1,
              "Sets a string that expires.", "key seconds value"},
             setex<true>, check_setex<true>),
  in_strings({"psetex", 4, replace, 1, 1, 1, string, "2.6.0", o1,
              "Sets a string that expires.", "key milliseconds value"},
             setex<false>, check_setex<false>),
  in_strings({"setnx", 3, replace | flag_fast, 1, 1, 1, string, "1.0.0", o1,
              "Sets a string if there is nothing of that name.", "key value"},
             setnx),
  in_strings({"getset", 3, write, 1, 1, 1, string, "1.0.0", o1,
              "Sets a string and returns its old value.", "key value"},
             getset),
  in_strings({"getdel", 2, write, 1, 1, 1, string, "6.2.0", o1,
              "Erases a string and returns its value.", "key"},
             getdel),
  in_strings({"getex", -2, write, 1, 1, 1, string, "6.2.0", o1,
              "Returns a string and says when it expires.",
              "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
              "PXAT unix-time-milliseconds | PERSIST]"},
             getex, check_getex),
  in_strings({"mset", -3, replace | flag_rows, 1, -1, 2, string, "1.0.1", on,
              "Sets strings.", "key value [key value ...]"},
             mset, check_pairs),
  in_strings({"msetnx", -3, replace | flag_rows, 1, -1, 2, string, "1.0.1", on,
              "Sets strings if there is nothing of these names.",
              "key value [key value ...]"},
             msetnx, check_pairs),
}};

} // namespace

std::span<const command> string_commands() {
  return table;
}

} // namespace kv::server
