#include "actors/ets/cursor.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/scan_options.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

// Walks in bounded steps. What is there throughout is shown once.

namespace kv::server {

namespace {

// -- SCAN ---------------------------------------------------------------------

/// Where a SCAN is: among the strings first, then among the buckets. The number
/// that clients keep is 0 at the beginning and at the end.
struct scan_place {
  bool in_buckets = false;
  uint64_t at = 0;

  static scan_place of(uint64_t cursor) noexcept {
    return {(cursor & 1) != 0, cursor >> 1};
  }

  uint64_t number() const noexcept {
    return at << 1 | (in_buckets ? 1 : 0);
  }
};

/// Walks one table on; returns false at its end.
template <class T, class F>
bool walk_on(const ets::reader<T>& table, scan_place& place, size_t& count,
             F show) {
  ets::cursor<T> cursor{table, place.at};
  size_t seen = 0;
  auto more = cursor.walk(count, [&](const typename T::row& x) {
    ++seen;
    show(x);
  });
  place.at = cursor.place();
  count -= std::min(count, seen);
  return more;
}

std::pair<uint64_t, std::vector<std::string>>
scan_step(const name_readers& names, const scan_options& options) {
  std::vector<std::string> found;
  auto place = scan_place::of(options.cursor);
  auto count = options.count;
  auto wants = [&](std::string_view type) {
    return !options.type || *options.type == type;
  };
  if (!place.in_buckets) {
    auto more = walk_on(names.strings, place, count, [&](const field& x) {
      if (wants("string") && options.matches(x.key))
        found.emplace_back(x.key);
    });
    if (more)
      return {place.number(), std::move(found)};
    place = {true, 0};
    if (count == 0)
      return {place.number(), std::move(found)};
  }
  auto more = walk_on(names.buckets, place, count, [&](const bucket_entry& x) {
    if (wants("hash") && name_readers::is_there(x)
        && options.matches(x.name.view()))
      found.emplace_back(x.name.view());
  });
  return {more ? place.number() : 0, std::move(found)};
}

void scan(resp_session& self, arguments args) {
  auto out = self.reply();
  auto options = read_scan_options(args, 1, true, out);
  if (!options)
    return;
  try {
    auto [cursor, found] = scan_step(self.names(), *options);
    out.array(2);
    out.bulk(std::to_string(cursor));
    out.array(found.size());
    for (const auto& x : found)
      out.bulk(x);
  } catch (const ets::error&) {
    out.error(error_text::ended);
  }
}

// -- HSCAN --------------------------------------------------------------------

bool check_hscan(arguments args, resp_writer& out) {
  return read_cursor(args[2], out).has_value();
}

// Redis looks at what follows the cursor only if there is such a hash.
void hscan(const bucket_reader* bucket, arguments args, resp_writer& out) {
  uint64_t next = 0;
  std::vector<std::pair<std::string, std::string>> found;
  if (bucket != nullptr) {
    auto options = read_scan_options(args, 2, false, out);
    if (!options)
      return;
    ets::cursor<fields_table> cursor{*bucket, options->cursor};
    auto more = cursor.walk(options->count, [&](const field& x) {
      if (options->matches(x.key))
        found.emplace_back(x.key, x.value);
    });
    next = more ? cursor.place() : 0;
  }
  out.array(2);
  out.bulk(std::to_string(next));
  out.array(found.size() * 2);
  for (const auto& [key, value] : found) {
    out.bulk(key);
    out.bulk(value);
  }
}

constexpr std::string_view step
  = "O(1) for every call. O(N) for a complete iteration.";
constexpr uint16_t read = flag_readonly | flag_random;

constexpr std::array<command, 2> table{{
  on_session({"scan", -2, read | flag_keyspace, 0, 0, 0, "generic", "2.8.0",
              step, "Returns some of the keys, and where to go on.",
              "cursor [MATCH pattern] [COUNT count] [TYPE type]"},
             scan),
  on_table({"hscan", -3, read, 1, 1, 1, "hash", "2.8.0", step,
            "Returns some of the fields, and where to go on.",
            "key cursor [MATCH pattern] [COUNT count]"},
           hscan, check_hscan),
}};

} // namespace

std::span<const command> scan_commands() {
  return table;
}

} // namespace kv::server
