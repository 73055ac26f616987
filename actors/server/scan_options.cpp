#include "actors/server/scan_options.hpp"

#include "actors/base/glob.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/words.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace kv::server {

namespace {

bool read_count(std::string_view text, scan_options& to, resp_writer& out) {
  auto count = to_integer(text);
  if (!count || *count < 1) {
    out.error(count ? error_text::syntax : error_text::not_an_integer);
    return false;
  }
  to.count = std::min<uint64_t>(static_cast<uint64_t>(*count),
                                scan_options::most_rows);
  return true;
}

} // namespace

bool scan_options::matches(std::string_view name) const {
  return !pattern || glob_matches(*pattern, name);
}

std::optional<uint64_t> read_cursor(std::string_view text, resp_writer& out) {
  uint64_t result = 0;
  const auto* end = text.data() + text.size();
  if (auto [ptr, err] = std::from_chars(text.data(), end, result);
      err != std::errc{} || ptr != end) {
    out.error("ERR invalid cursor");
    return std::nullopt;
  }
  return result;
}

std::optional<scan_options> read_scan_options(arguments args, size_t first,
                                              bool with_type,
                                              resp_writer& out) {
  scan_options result;
  auto cursor = read_cursor(args[first], out);
  if (!cursor)
    return std::nullopt;
  result.cursor = *cursor;
  for (auto i = first + 1; i < args.size(); i += 2) {
    auto has_value = i + 1 < args.size();
    if (has_value && is_word(args[i], "MATCH")) {
      result.pattern = args[i + 1];
    } else if (has_value && is_word(args[i], "COUNT")) {
      if (!read_count(args[i + 1], result, out))
        return std::nullopt;
    } else if (has_value && with_type && is_word(args[i], "TYPE")) {
      result.type = args[i + 1];
    } else {
      out.error(error_text::syntax);
      return std::nullopt;
    }
  }
  return result;
}

} // namespace kv::server
