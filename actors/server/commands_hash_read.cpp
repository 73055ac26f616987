#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

// What reads several fields of a bucket runs in the bucket: it sees all of what
// another request wrote, or nothing.

namespace kv::server {

namespace {

void reply_empty_array(arguments, resp_writer& out) {
  out.array(0);
}

void reply_empty_map(arguments, resp_writer& out) {
  out.map(0);
}

void hmget(const bucket_fields& fields, arguments args, resp_writer& out) {
  out.array(args.size() - 2);
  for (auto key : args.subspan(2))
    if (!fields.visit(key, [&](const field& x) { out.bulk(x.value); }))
      out.null();
}

void hmget_absent(arguments args, resp_writer& out) {
  out.array(args.size() - 2);
  for (size_t i = 2; i < args.size(); ++i)
    out.null();
}

/// Returns the fields, which stay where they are while the bucket's own handler
/// runs.
std::vector<const field*> all_of(const bucket_fields& fields) {
  std::vector<const field*> result;
  result.reserve(fields.size());
  fields.for_each([&](const field& x) { result.push_back(&x); });
  return result;
}

void hgetall(const bucket_fields& fields, arguments, resp_writer& out) {
  auto all = all_of(fields);
  out.map(all.size());
  for (const auto* x : all) {
    out.bulk(x->key);
    out.bulk(x->value);
  }
}

void hkeys(const bucket_fields& fields, arguments, resp_writer& out) {
  auto all = all_of(fields);
  out.array(all.size());
  for (const auto* x : all)
    out.bulk(x->key);
}

void hvals(const bucket_fields& fields, arguments, resp_writer& out) {
  auto all = all_of(fields);
  out.array(all.size());
  for (const auto* x : all)
    out.bulk(x->value);
}

bool check_random(arguments args, resp_writer& out) {
  if (args.size() == 2)
    return true;
  auto count = to_integer(args[2]);
  if (!count) {
    out.error(error_text::not_an_integer);
    return false;
  }
  if (args.size() > 4
      || (args.size() == 4 && !is_word(args[3], "WITHVALUES"))) {
    out.error(error_text::syntax);
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
  auto all = all_of(fields);
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

constexpr std::string_view on = "O(N) where N is the size of the hash";
constexpr std::string_view of = "O(N) where N is the number of fields";
constexpr std::string_view hash = "hash";
constexpr uint16_t read = flag_readonly;

constexpr std::array<command, 5> table{{
  in_bucket({"hmget", -3, read | flag_fast, 1, 1, 1, hash, "2.0.0", of,
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
}};

} // namespace

std::span<const command> hash_read_commands() {
  return table;
}

} // namespace kv::server
