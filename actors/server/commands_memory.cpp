#include "actors/ets/cursor.hpp"
#include "actors/server/command.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

// What is known of how values are kept.

namespace kv::server {

namespace {

void reply_help(resp_writer& out, std::string_view name,
                std::initializer_list<std::string_view> lines) {
  out.array(lines.size() + 1);
  out.simple_string(
    std::string{name}
    + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (auto x : lines)
    out.simple_string(x);
}

void reply_unknown(resp_writer& out, std::string_view name,
                   std::string_view subcommand) {
  out.error("ERR unknown subcommand or wrong number of arguments for '"
            + std::string{subcommand} + "'. Try " + std::string{name}
            + " HELP.");
}

// -- OBJECT -------------------------------------------------------------------

std::string_view encoding_of(const field& x) {
  // What Redis tells of strings of these lengths.
  constexpr size_t most_embedded = 44;
  if (x.value.size() <= 20 && to_integer(x.value))
    return "int";
  return x.value.size() <= most_embedded ? "embstr" : "raw";
}

void object(const name_readers& names, arguments args, resp_writer& out) {
  if (args.size() == 2 && is_word(args[1], "HELP")) {
    reply_help(out, "OBJECT",
               {"ENCODING <key>", "IDLETIME <key>", "REFCOUNT <key>", "HELP"});
    return;
  }
  auto is_encoding = is_word(args[1], "ENCODING");
  auto is_number = is_word(args[1], "REFCOUNT") || is_word(args[1], "IDLETIME");
  if (args.size() != 3 || (!is_encoding && !is_number)) {
    reply_unknown(out, "OBJECT", args[1]);
    return;
  }
  std::string_view encoding;
  names.visit_string(args[2],
                     [&](const field& x) { encoding = encoding_of(x); });
  if (encoding.empty() && names.has_bucket(args[2]))
    encoding = "hashtable";
  if (encoding.empty())
    out.null();
  else if (is_encoding)
    out.bulk(encoding);
  else
    out.integer(is_word(args[1], "REFCOUNT") ? 1 : 0);
}

// -- MEMORY -------------------------------------------------------------------

size_t bytes_of(const field& x) {
  return x.key.heap_bytes() + x.value.heap_bytes();
}

/// The bytes of a bucket: its table, its actor about, and what its fields keep
/// outside, of which some are looked at.
size_t bytes_of(const bucket_entry& x, size_t samples) {
  constexpr size_t actor = 1400;
  auto info = x.bucket.fields.info();
  size_t seen = 0;
  size_t outside = 0;
  ets::cursor<fields_table> cursor{x.bucket.fields};
  auto add = [&](const field& row) {
    ++seen;
    outside += bytes_of(row);
  };
  cursor.walk(samples == 0 ? info.size : samples, add);
  return actor + info.bytes + (seen > 0 ? outside * info.size / seen : 0);
}

std::optional<size_t> usage_of(const name_readers& names, std::string_view key,
                               size_t samples) {
  // A row in its node, and its place in the table.
  constexpr size_t row = sizeof(field) + 24;
  std::optional<size_t> result;
  names.visit_string(key, [&](const field& x) { result = row + bytes_of(x); });
  if (!result)
    names.visit_bucket(key, [&](const bucket_entry& x) {
      result = bytes_of(x, samples);
    });
  return result;
}

bool read_samples(arguments args, size_t& samples, resp_writer& out) {
  if (args.size() == 3)
    return true;
  auto number = args.size() == 5 && is_word(args[3], "SAMPLES")
                  ? to_integer(args[4])
                  : std::optional<int64_t>{-1};
  if (number && *number >= 0) {
    samples = static_cast<size_t>(*number);
    return true;
  }
  out.error(number ? error_text::syntax : error_text::not_an_integer);
  return false;
}

void memory(const name_readers& names, arguments args, resp_writer& out) {
  if (args.size() == 2 && is_word(args[1], "HELP")) {
    reply_help(out, "MEMORY", {"USAGE <key> [SAMPLES <count>]", "HELP"});
    return;
  }
  if (args.size() < 3 || !is_word(args[1], "USAGE")) {
    reply_unknown(out, "MEMORY", args[1]);
    return;
  }
  size_t samples = 5;
  if (!read_samples(args, samples, out))
    return;
  if (auto bytes = usage_of(names, args[2], samples))
    out.integer(static_cast<int64_t>(*bytes));
  else
    out.null();
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of samples";
constexpr uint16_t read = flag_readonly;

constexpr std::array<command, 2> table{{
  on_names({"object", -2, read, 2, 2, 1, "generic", "2.2.3", o1,
            "Returns how a value is kept.",
            "ENCODING key | REFCOUNT key | IDLETIME key | HELP"},
           object),
  on_names({"memory", -2, read, 2, 2, 1, "server", "4.0.0", on,
            "Returns the bytes that a name costs.",
            "USAGE key [SAMPLES count] | HELP"},
           memory),
}};

} // namespace

std::span<const command> memory_commands() {
  return table;
}

} // namespace kv::server
