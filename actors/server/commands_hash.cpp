#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A bucket is a hash: its fields are the hash's. What one field is enough for.

namespace kv::server {

namespace {

void reply_zero(arguments, resp_writer& out) {
  out.integer(0);
}

// -- writing ------------------------------------------------------------------

// In one step for every reader; returns how many fields are new.
int64_t store_pairs(const bucket_fields& fields, arguments pairs) {
  if (pairs.size() == 2) {
    auto fresh = fields.insert({pairs[0], pairs[1]});
    fields.tell('h', "hset");
    return fresh ? 1 : 0;
  }
  boost::unordered_flat_set<std::string_view> fresh;
  std::vector<field> rows;
  rows.reserve(pairs.size() / 2);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (!fields.member(pairs[i]))
      fresh.insert(pairs[i]);
    rows.emplace_back(pairs[i], pairs[i + 1]);
  }
  fields.insert_many(std::move(rows));
  fields.tell('h', "hset");
  return static_cast<int64_t>(fresh.size());
}

bool check_pairs(arguments args, resp_writer& out) {
  if (args.size() % 2 == 0)
    return true;
  out.error("ERR wrong number of arguments for '"
            + std::string{find_command(args[0])->name} + "' command");
  return false;
}

void hset(const bucket_fields& fields, arguments args, resp_writer& out) {
  out.integer(store_pairs(fields, args.subspan(2)));
}

void hmset(const bucket_fields& fields, arguments args, resp_writer& out) {
  store_pairs(fields, args.subspan(2));
  out.simple_string("OK");
}

void hsetnx(const bucket_fields& fields, arguments args, resp_writer& out) {
  auto fresh = fields.insert_new({std::string{args[2]}, std::string{args[3]}});
  if (fresh)
    fields.tell('h', "hset");
  out.integer(fresh ? 1 : 0);
}

void hdel(const bucket_fields& fields, arguments args, resp_writer& out) {
  int64_t erased = 0;
  for (auto key : args.subspan(2))
    erased += static_cast<int64_t>(fields.erase(key));
  if (erased > 0)
    fields.tell('h', "hdel");
  out.integer(erased);
}

bool check_increment(arguments args, resp_writer& out) {
  if (to_integer(args[3]))
    return true;
  out.error(error_text::not_an_integer);
  return false;
}

void hincrby(const bucket_fields& fields, arguments args, resp_writer& out) {
  std::optional<int64_t> old = 0;
  deadline expires; // an increment leaves it as it is
  fields.visit(args[2], [&](const field& x) {
    old = to_integer(x.value);
    expires = x.expires;
  });
  if (!old) {
    out.error("ERR hash value is not an integer");
    return;
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(*old, *to_integer(args[3]), &sum)) {
    out.error(error_text::overflow);
    return;
  }
  fields.insert({args[2], std::to_string(sum), expires});
  fields.tell('h', "hincrby");
  out.integer(sum);
}

bool check_float_increment(arguments args, resp_writer& out) {
  auto x = to_number(args[3]);
  if (x && !std::isinf(*x))
    return true;
  out.error(x ? "ERR value is NaN or Infinity" : error_text::not_a_float);
  return false;
}

void hincrbyfloat(const bucket_fields& fields, arguments args,
                  resp_writer& out) {
  std::optional<long double> old = 0;
  deadline expires;
  fields.visit(args[2], [&](const field& x) {
    old = to_number(x.value);
    expires = x.expires;
  });
  if (!old) {
    out.error("ERR hash value is not a float");
    return;
  }
  auto sum = *old + *to_number(args[3]);
  if (std::isnan(sum) || std::isinf(sum)) {
    out.error(error_text::nan_or_infinity);
    return;
  }
  auto text = to_text(sum);
  fields.insert({args[2], text, expires});
  fields.tell('h', "hincrbyfloat");
  out.bulk(text);
}

// -- reading one field --------------------------------------------------------

void hget(const bucket_reader* bucket, arguments args, resp_writer& out) {
  if (bucket == nullptr
      || !bucket->visit(args[2], [&](const field& x) { out.bulk(x.value); }))
    out.null();
}

void hexists(const bucket_reader* bucket, arguments args, resp_writer& out) {
  out.integer(bucket != nullptr && bucket->member(args[2]) ? 1 : 0);
}

void hstrlen(const bucket_reader* bucket, arguments args, resp_writer& out) {
  size_t size = 0;
  if (bucket != nullptr)
    bucket->visit(args[2], [&](const field& x) { size = x.value.size(); });
  out.integer(static_cast<int64_t>(size));
}

void hlen(const bucket_reader* bucket, arguments, resp_writer& out) {
  out.integer(bucket != nullptr ? static_cast<int64_t>(bucket->size()) : 0);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view of = "O(N) where N is the number of fields";
constexpr std::string_view hash = "hash";
constexpr uint16_t write = flag_write | flag_fast;
constexpr uint16_t write_rows = write | flag_rows;
constexpr uint16_t read = flag_readonly | flag_fast;

constexpr std::array<command, 10> table{{
  in_bucket({"hset", -4, write_rows, 1, 1, 1, hash, "2.0.0", of,
             "Sets fields to values.", "key field value [field value ...]"},
            hset, nullptr, check_pairs),
  in_bucket({"hmset", -4, write_rows, 1, 1, 1, hash, "2.0.0", of,
             "Sets fields to values.", "key field value [field value ...]"},
            hmset, nullptr, check_pairs),
  in_bucket({"hsetnx", 4, write, 1, 1, 1, hash, "2.0.0", o1,
             "Sets a field that does not exist.", "key field value"},
            hsetnx),
  in_bucket({"hdel", -3, write_rows, 1, 1, 1, hash, "2.0.0", of,
             "Erases fields; the bucket goes with the last one.",
             "key field [field ...]"},
            hdel, reply_zero),
  in_bucket({"hincrby", 4, write, 1, 1, 1, hash, "2.0.0", o1,
             "Adds to the integer in a field.", "key field increment"},
            hincrby, nullptr, check_increment),
  in_bucket({"hincrbyfloat", 4, write, 1, 1, 1, hash, "2.6.0", o1,
             "Adds to the number in a field.", "key field increment"},
            hincrbyfloat, nullptr, check_float_increment),
  on_table({"hget", 3, read, 1, 1, 1, hash, "2.0.0", o1,
            "Returns the value of a field.", "key field"},
           hget),
  on_table({"hexists", 3, read, 1, 1, 1, hash, "2.0.0", o1,
            "Returns whether a field exists.", "key field"},
           hexists),
  on_table({"hstrlen", 3, read, 1, 1, 1, hash, "3.2.0", o1,
            "Returns the length of the value of a field.", "key field"},
           hstrlen),
  on_table({"hlen", 2, read, 1, 1, 1, hash, "2.0.0", o1,
            "Returns the number of fields.", "key"},
           hlen),
}};

} // namespace

std::span<const command> hash_commands() {
  return table;
}

} // namespace kv::server
