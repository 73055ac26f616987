#include "actors/base/glob.hpp"
#include "actors/server/command.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

// A bucket is a hash: its fields are the hash's.

namespace kv::server {

namespace {

constexpr std::string_view not_an_integer
  = "ERR value is not an integer or out of range";
constexpr std::string_view syntax_error = "ERR syntax error";

template <class Fields, class F>
bool visit_field(const Fields& fields, std::string_view key, F f) {
  return fields.visit(key, [&](const field& x) { f(x.value); });
}

// -- writing ------------------------------------------------------------------

int64_t store_pairs(const bucket_fields& fields, arguments pairs) {
  int64_t fresh = 0;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    fresh += fields.member(pairs[i]) ? 0 : 1;
    fields.insert({std::string{pairs[i]}, std::string{pairs[i + 1]}});
  }
  return fresh;
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
  out.integer(
    fields.insert_new({std::string{args[2]}, std::string{args[3]}}) ? 1 : 0);
}

void hdel(const bucket_fields& fields, arguments args, resp_writer& out) {
  int64_t erased = 0;
  for (auto key : args.subspan(2))
    erased += static_cast<int64_t>(fields.erase(key));
  out.integer(erased);
}

bool check_increment(arguments args, resp_writer& out) {
  if (to_integer(args[3]))
    return true;
  out.error(not_an_integer);
  return false;
}

void hincrby(const bucket_fields& fields, arguments args, resp_writer& out) {
  std::optional<int64_t> old = 0;
  visit_field(fields, args[2],
              [&](const std::string& x) { old = to_integer(x); });
  if (!old) {
    out.error("ERR hash value is not an integer");
    return;
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(*old, *to_integer(args[3]), &sum)) {
    out.error("ERR increment or decrement would overflow");
    return;
  }
  fields.insert({std::string{args[2]}, std::to_string(sum)});
  out.integer(sum);
}

bool check_float_increment(arguments args, resp_writer& out) {
  auto x = to_number(args[3]);
  if (x && !std::isinf(*x))
    return true;
  out.error(x ? "ERR value is NaN or Infinity"
              : "ERR value is not a valid float");
  return false;
}

void hincrbyfloat(const bucket_fields& fields, arguments args,
                  resp_writer& out) {
  std::optional<long double> old = 0;
  visit_field(fields, args[2],
              [&](const std::string& x) { old = to_number(x); });
  if (!old) {
    out.error("ERR hash value is not a float");
    return;
  }
  auto sum = *old + *to_number(args[3]);
  if (std::isnan(sum) || std::isinf(sum)) {
    out.error("ERR increment would produce NaN or Infinity");
    return;
  }
  auto text = to_text(sum);
  fields.insert({std::string{args[2]}, text});
  out.bulk(text);
}

// -- reading one field --------------------------------------------------------

void hget(const bucket_reader* bucket, arguments args, resp_writer& out) {
  if (bucket == nullptr
      || !visit_field(*bucket, args[2],
                      [&](const std::string& x) { out.bulk(x); }))
    out.null();
}

void hexists(const bucket_reader* bucket, arguments args, resp_writer& out) {
  out.integer(bucket != nullptr && bucket->member(args[2]) ? 1 : 0);
}

void hstrlen(const bucket_reader* bucket, arguments args, resp_writer& out) {
  size_t size = 0;
  if (bucket != nullptr)
    visit_field(*bucket, args[2],
                [&](const std::string& x) { size = x.size(); });
  out.integer(static_cast<int64_t>(size));
}

void hlen(const bucket_reader* bucket, arguments, resp_writer& out) {
  out.integer(bucket != nullptr ? static_cast<int64_t>(bucket->size()) : 0);
}

// -- reading several ----------------------------------------------------------

void reply_zero(arguments, resp_writer& out) {
  out.integer(0);
}

void reply_empty_array(arguments, resp_writer& out) {
  out.array(0);
}

void reply_empty_map(arguments, resp_writer& out) {
  out.map(0);
}

void hmget(const bucket_fields& fields, arguments args, resp_writer& out) {
  out.array(args.size() - 2);
  for (auto key : args.subspan(2))
    if (!visit_field(fields, key, [&](const std::string& x) { out.bulk(x); }))
      out.null();
}

void hmget_absent(arguments args, resp_writer& out) {
  out.array(args.size() - 2);
  for (size_t i = 2; i < args.size(); ++i)
    out.null();
}

void hgetall(const bucket_fields& fields, arguments, resp_writer& out) {
  out.map(fields.size());
  fields.for_each([&](const field& x) {
    out.bulk(x.key);
    out.bulk(x.value);
  });
}

void hkeys(const bucket_fields& fields, arguments, resp_writer& out) {
  out.array(fields.size());
  fields.for_each([&](const field& x) { out.bulk(x.key); });
}

void hvals(const bucket_fields& fields, arguments, resp_writer& out) {
  out.array(fields.size());
  fields.for_each([&](const field& x) { out.bulk(x.value); });
}

bool check_random(arguments args, resp_writer& out) {
  if (args.size() == 2)
    return true;
  auto count = to_integer(args[2]);
  if (!count) {
    out.error(not_an_integer);
    return false;
  }
  if (args.size() > 4
      || (args.size() == 4 && !is_word(args[3], "WITHVALUES"))) {
    out.error(syntax_error);
    return false;
  }
  // Twice as many elements must be countable.
  constexpr auto most = std::numeric_limits<int64_t>::max() / 2;
  if (args.size() == 4 && (*count < -most || *count > most)) {
    out.error("ERR value is out of range");
    return false;
  }
  return true;
}

// Picks `count` fields: different ones, or with repetitions if it is negative.
std::vector<const field*> pick(const std::vector<const field*>& all,
                               int64_t count) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::vector<const field*> result;
  if (count >= 0) {
    std::sample(all.begin(), all.end(), std::back_inserter(result), count,
                random);
    return result;
  }
  std::uniform_int_distribution<size_t> index{0, all.size() - 1};
  for (; count < 0; ++count)
    result.push_back(all[index(random)]);
  return result;
}

void reply_picked(const std::vector<const field*>& picked, bool with_values,
                  resp_writer& out) {
  auto nested = with_values && out.version() == resp_version::resp3;
  out.array(picked.size() * (with_values && !nested ? 2 : 1));
  for (const auto* x : picked) {
    if (nested)
      out.array(2);
    out.bulk(x->key);
    if (with_values)
      out.bulk(x->value);
  }
}

void hrandfield(const bucket_fields& fields, arguments args, resp_writer& out) {
  // Rows stay where they are while the bucket's own handler runs.
  std::vector<const field*> all;
  fields.for_each([&](const field& x) { all.push_back(&x); });
  if (args.size() > 2) {
    auto count = all.empty() ? 0 : *to_integer(args[2]);
    reply_picked(pick(all, count), args.size() > 3, out);
  } else if (all.empty()) {
    out.null();
  } else {
    out.bulk(pick(all, 1).front()->key);
  }
}

void hrandfield_absent(arguments args, resp_writer& out) {
  if (args.size() > 2)
    out.array(0);
  else
    out.null();
}

struct scan_options {
  std::optional<std::string_view> pattern;
};

// Replies with an error and returns nothing if the words are wrong.
std::optional<scan_options> parse_scan(arguments args, resp_writer& out) {
  scan_options result;
  uint64_t cursor = 0;
  const auto* end = args[2].data() + args[2].size();
  if (auto [ptr, err] = std::from_chars(args[2].data(), end, cursor);
      err != std::errc{} || ptr != end) {
    out.error("ERR invalid cursor");
    return std::nullopt;
  }
  for (size_t i = 3; i < args.size(); i += 2) {
    if (i + 1 == args.size()) {
      out.error(syntax_error);
      return std::nullopt;
    }
    if (is_word(args[i], "MATCH")) {
      result.pattern = args[i + 1];
    } else if (is_word(args[i], "COUNT")) {
      auto count = to_integer(args[i + 1]);
      if (!count || *count < 1) {
        out.error(count ? syntax_error : not_an_integer);
        return std::nullopt;
      }
    } else {
      out.error(syntax_error);
      return std::nullopt;
    }
  }
  return result;
}

bool check_scan(arguments args, resp_writer& out) {
  return parse_scan(args, out).has_value();
}

// All at once: the cursor of what comes next is always 0.
void hscan(const bucket_fields& fields, arguments args, resp_writer& out) {
  auto options = parse_scan(args, out);
  std::vector<const field*> found;
  fields.for_each([&](const field& x) {
    if (!options->pattern || glob_matches(*options->pattern, x.key))
      found.push_back(&x);
  });
  out.array(2);
  out.bulk("0");
  out.array(found.size() * 2);
  for (const auto* x : found) {
    out.bulk(x->key);
    out.bulk(x->value);
  }
}

void hscan_absent(arguments, resp_writer& out) {
  out.array(2);
  out.bulk("0");
  out.array(0);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the size of the hash";
constexpr std::string_view of = "O(N) where N is the number of fields";
constexpr std::string_view hash = "hash";
constexpr uint16_t write = flag_write;
constexpr uint16_t read = flag_readonly;
constexpr uint16_t fast = flag_fast;

command on_table(command x, decltype(command::on_table) f) {
  x.on_table = f;
  return x;
}

command in_bucket(command x, decltype(command::in_bucket) f,
                  decltype(command::absent) absent = nullptr,
                  decltype(command::check) check = nullptr) {
  x.in_bucket = f;
  x.absent = absent;
  x.check = check;
  return x;
}

const std::array<command, 16> table{{
  in_bucket({"hset", -4, write | fast, 1, 1, 1, hash, "2.0.0", of,
             "Sets fields to values.", "key field value [field value ...]"},
            hset, nullptr, check_pairs),
  in_bucket({"hmset", -4, write | fast, 1, 1, 1, hash, "2.0.0", of,
             "Sets fields to values.", "key field value [field value ...]"},
            hmset, nullptr, check_pairs),
  in_bucket({"hsetnx", 4, write | fast, 1, 1, 1, hash, "2.0.0", o1,
             "Sets a field that does not exist.", "key field value"},
            hsetnx),
  in_bucket({"hdel", -3, write | fast, 1, 1, 1, hash, "2.0.0", of,
             "Erases fields; the bucket goes with the last one.",
             "key field [field ...]"},
            hdel, reply_zero),
  in_bucket({"hincrby", 4, write | fast, 1, 1, 1, hash, "2.0.0", o1,
             "Adds to the integer in a field.", "key field increment"},
            hincrby, nullptr, check_increment),
  in_bucket({"hincrbyfloat", 4, write | fast, 1, 1, 1, hash, "2.6.0", o1,
             "Adds to the number in a field.", "key field increment"},
            hincrbyfloat, nullptr, check_float_increment),
  on_table({"hget", 3, read | fast, 1, 1, 1, hash, "2.0.0", o1,
            "Returns the value of a field.", "key field"},
           hget),
  on_table({"hexists", 3, read | fast, 1, 1, 1, hash, "2.0.0", o1,
            "Returns whether a field exists.", "key field"},
           hexists),
  on_table({"hstrlen", 3, read | fast, 1, 1, 1, hash, "3.2.0", o1,
            "Returns the length of the value of a field.", "key field"},
           hstrlen),
  on_table({"hlen", 2, read | fast, 1, 1, 1, hash, "2.0.0", o1,
            "Returns the number of fields.", "key"},
           hlen),
  in_bucket({"hmget", -3, read | fast, 1, 1, 1, hash, "2.0.0", of,
             "Returns the values of fields.", "key field [field ...]"},
            hmget, hmget_absent),
  in_bucket({"hgetall", 2, read, 1, 1, 1, hash, "2.0.0", on,
             "Returns all fields and values.", "key"},
            hgetall, reply_empty_map),
  in_bucket({"hkeys", 2, read, 1, 1, 1, hash, "2.0.0", on,
             "Returns all fields.", "key"},
            hkeys, reply_empty_array),
  in_bucket({"hvals", 2, read, 1, 1, 1, hash, "2.0.0", on,
             "Returns all values.", "key"},
            hvals, reply_empty_array),
  in_bucket({"hrandfield", -2, read | flag_random, 1, 1, 1, hash, "6.2.0", on,
             "Returns random fields.", "key [count [WITHVALUES]]"},
            hrandfield, hrandfield_absent, check_random),
  in_bucket({"hscan", -3, read | flag_random, 1, 1, 1, hash, "2.8.0", on,
             "Returns the fields that match a pattern, all at once.",
             "key cursor [MATCH pattern] [COUNT count]"},
            hscan, hscan_absent, check_scan),
}};

} // namespace

std::span<const command> hash_commands() {
  return table;
}

} // namespace kv::server
