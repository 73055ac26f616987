#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/resp_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

// Strings in part: numbers in them, and ranges of bytes.

namespace kv::server {

namespace {

/// Stores a new value and leaves the deadline as it is.
void change(const string_keys& keys, std::string_view key, std::string value,
            std::string_view event) {
  deadline expires;
  keys.visit(key, [&](const field& x) { expires = x.expires; });
  keys.put(key, value, expires);
  string_keys::tell(key, '$', event);
}

std::string value_of(const string_keys& keys, std::string_view key) {
  std::string result;
  keys.visit(key, [&](const field& x) { result = x.value; });
  return result;
}

// -- numbers ------------------------------------------------------------------

void add(const string_keys& keys, std::string_view key, int64_t delta,
         resp_writer& out) {
  std::optional<int64_t> old = 0;
  keys.visit(key, [&](const field& x) { old = to_integer(x.value); });
  int64_t sum = 0;
  if (!old) {
    out.error(error_text::not_an_integer);
  } else if (__builtin_add_overflow(*old, delta, &sum)) {
    out.error(error_text::overflow);
  } else {
    change(keys, key, std::to_string(sum), "incrby");
    out.integer(sum);
  }
}

void incr(const string_keys& keys, arguments args, resp_writer& out) {
  add(keys, args[1], 1, out);
}

void decr(const string_keys& keys, arguments args, resp_writer& out) {
  add(keys, args[1], -1, out);
}

bool check_incrby(arguments args, resp_writer& out) {
  if (to_integer(args[2]))
    return true;
  out.error(error_text::not_an_integer);
  return false;
}

void incrby(const string_keys& keys, arguments args, resp_writer& out) {
  add(keys, args[1], *to_integer(args[2]), out);
}

bool check_decrby(arguments args, resp_writer& out) {
  if (!check_incrby(args, out))
    return false;
  if (*to_integer(args[2]) != std::numeric_limits<int64_t>::min())
    return true;
  out.error("ERR decrement would overflow");
  return false;
}

void decrby(const string_keys& keys, arguments args, resp_writer& out) {
  add(keys, args[1], -*to_integer(args[2]), out);
}

void incrbyfloat(const string_keys& keys, arguments args, resp_writer& out) {
  std::optional<long double> old = 0;
  keys.visit(args[1], [&](const field& x) { old = to_number(x.value); });
  auto delta = to_number(args[2]);
  if (!old || !delta) {
    out.error(error_text::not_a_float);
    return;
  }
  auto sum = *old + *delta;
  if (std::isnan(sum) || std::isinf(sum)) {
    out.error(error_text::nan_or_infinity);
    return;
  }
  auto text = to_text(sum);
  change(keys, args[1], text, "incrbyfloat");
  out.bulk(text);
}

// -- ranges -------------------------------------------------------------------

bool fits(size_t size, resp_writer& out) {
  if (size <= static_cast<size_t>(resp_parser::default_max_bulk))
    return true;
  out.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  return false;
}

void append(const string_keys& keys, arguments args, resp_writer& out) {
  auto value = value_of(keys, args[1]);
  if (!fits(value.size() + args[2].size(), out))
    return;
  value += args[2];
  auto size = value.size();
  change(keys, args[1], std::move(value), "append");
  out.integer(static_cast<int64_t>(size));
}

bool check_getrange(arguments args, resp_writer& out) {
  if (to_integer(args[2]) && to_integer(args[3]))
    return true;
  out.error(error_text::not_an_integer);
  return false;
}

/// Returns the bytes from `first` to `last`, both of which count from the end
/// if they are negative.
std::string_view range(std::string_view text, int64_t first, int64_t last) {
  auto size = static_cast<int64_t>(text.size());
  if (first < 0 && last < 0 && first > last)
    return {};
  if (first < 0)
    first = std::max<int64_t>(first + size, 0);
  if (last < 0)
    last = std::max<int64_t>(last + size, 0);
  last = std::min(last, size - 1);
  if (first > last || size == 0)
    return {};
  return text.substr(static_cast<size_t>(first),
                     static_cast<size_t>(last - first + 1));
}

void getrange(const name_readers& names, arguments args, resp_writer& out) {
  auto show = [&](const field& x) {
    out.bulk(range(x.value, *to_integer(args[2]), *to_integer(args[3])));
  };
  if (names.visit_string(args[1], show))
    return;
  if (names.has_bucket(args[1]))
    out.error(error_text::wrong_type);
  else
    out.bulk("");
}

bool check_setrange(arguments args, resp_writer& out) {
  auto offset = to_integer(args[2]);
  if (offset && *offset >= 0)
    return true;
  out.error(offset ? "ERR offset is out of range" : error_text::not_an_integer);
  return false;
}

void setrange(const string_keys& keys, arguments args, resp_writer& out) {
  auto value = value_of(keys, args[1]);
  auto offset = static_cast<size_t>(*to_integer(args[2]));
  if (!args[3].empty()) {
    size_t end = 0;
    if (__builtin_add_overflow(offset, args[3].size(), &end))
      end = std::numeric_limits<size_t>::max();
    if (!fits(end, out))
      return;
    value.resize(std::max(value.size(), end)); // with zero bytes
    value.replace(offset, args[3].size(), args[3]);
    change(keys, args[1], value, "setrange");
  }
  out.integer(static_cast<int64_t>(value.size()));
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the length of the string";
constexpr std::string_view string = "string";
constexpr uint16_t read = flag_readonly;
constexpr uint16_t write = flag_write | flag_fast;

constexpr std::array<command, 9> table{{
  in_strings({"incr", 2, write, 1, 1, 1, string, "1.0.0", o1,
              "Adds 1 to the integer in a string.", "key"},
             incr),
  in_strings({"decr", 2, write, 1, 1, 1, string, "1.0.0", o1,
              "Takes 1 from the integer in a string.", "key"},
             decr),
  in_strings({"incrby", 3, write, 1, 1, 1, string, "1.0.0", o1,
              "Adds to the integer in a string.", "key increment"},
             incrby, check_incrby),
  in_strings({"decrby", 3, write, 1, 1, 1, string, "1.0.0", o1,
              "Takes from the integer in a string.", "key decrement"},
             decrby, check_decrby),
  in_strings({"incrbyfloat", 3, write, 1, 1, 1, string, "2.6.0", o1,
              "Adds to the number in a string.", "key increment"},
             incrbyfloat),
  in_strings({"append", 3, write, 1, 1, 1, string, "2.0.0", on,
              "Adds bytes at the end of a string.", "key value"},
             append),
  in_strings({"setrange", 4, flag_write, 1, 1, 1, string, "2.2.0", on,
              "Replaces bytes of a string.", "key offset value"},
             setrange, check_setrange),
  on_names({"getrange", 4, read, 1, 1, 1, string, "2.4.0", on,
            "Returns bytes of a string.", "key start end"},
           getrange, check_getrange),
  on_names({"substr", 4, read, 1, 1, 1, string, "1.0.0", on,
            "Returns bytes of a string.", "key start end"},
           getrange, check_getrange),
}};

} // namespace

std::span<const command> string_change_commands() {
  return table;
}

} // namespace kv::server
