#include "actors/server/event_stream.hpp"

#include "actors/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace kv::server {

namespace {

std::optional<uint64_t> read_number(std::string_view text) {
  uint64_t result = 0;
  const auto* end = text.data() + text.size();
  auto [ptr, err] = std::from_chars(text.data(), end, result);
  if (text.empty() || err != std::errc{} || ptr != end)
    return std::nullopt;
  return result;
}

} // namespace

std::vector<stream_event> read_events(const ets::reader<event_table>& log,
                                      const stream_range& range) {
  std::vector<stream_event> result;
  log.for_each([&](const logged_event& x) {
    if (x.number >= range.first && x.number <= range.last)
      result.push_back({x.number, to_string(x.kind), std::string{x.name},
                        x.kind == event_kind::exit ? describe(x.reason) : ""});
  });
  std::sort(result.begin(), result.end(),
            [&](const stream_event& x, const stream_event& y) {
              return range.backwards ? x.number > y.number
                                     : x.number < y.number;
            });
  if (result.size() > range.count)
    result.resize(range.count);
  return result;
}

uint64_t last_event(const ets::reader<event_table>& log) {
  return log.fold(uint64_t{0}, [](uint64_t last, const logged_event& x) {
    return std::max(last, x.number);
  });
}

std::optional<uint64_t> read_stream_id(std::string_view text, bool as_end) {
  constexpr auto most = std::numeric_limits<uint64_t>::max();
  if (text == "-")
    return 0;
  if (text == "+")
    return most;
  auto exclusive = text.starts_with('(');
  if (exclusive)
    text.remove_prefix(1);
  auto dash = text.find('-');
  auto number = read_number(text.substr(0, dash));
  auto part = dash == std::string_view::npos
                ? std::optional<uint64_t>{as_end ? most : 0}
                : read_number(text.substr(dash + 1));
  if (!number || !part)
    return std::nullopt;
  // Events are `n-0`: from `n-1` on means from `n + 1` on.
  if (as_end)
    return exclusive && *part == 0 ? *number - (*number > 0 ? 1 : 0) : *number;
  return *number + (exclusive || *part > 0 ? 1 : 0);
}

void reply_events(const std::vector<stream_event>& events, resp_writer& out) {
  out.array(events.size());
  for (const auto& x : events) {
    out.array(2);
    out.bulk(std::to_string(x.number) + "-0");
    out.array(x.reason.empty() ? 4 : 6);
    out.bulk("event");
    out.bulk(x.kind);
    out.bulk("name");
    out.bulk(x.name);
    if (x.reason.empty())
      continue;
    out.bulk("reason");
    out.bulk(x.reason);
  }
}

} // namespace kv::server
