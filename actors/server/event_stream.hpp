#pragma once

#include "actors/kv/events.hpp"
#include "actors/server/resp_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// The registry's events as one of Redis's streams: event 7 has the id `7-0`.
constexpr std::string_view event_stream_key = "kv:events";

/// An event as clients see it.
struct stream_event {
  uint64_t number;
  std::string kind; ///< create or exit
  std::string name; ///< Of the bucket.
  std::string reason;
};

/// Which events are asked for, by their numbers, both of them included.
struct stream_range {
  uint64_t first = 0;
  uint64_t last = std::numeric_limits<uint64_t>::max();
  size_t count = std::numeric_limits<size_t>::max();
  bool backwards = false;
};

/// Returns events in order. Complexity: O(log size), sorted.
/// Errors: throws `ets::error` once the application has ended.
std::vector<stream_event> read_events(const ets::reader<event_table>& log,
                                      const stream_range& range);

/// Returns the number of the last event, 0 if there is none.
uint64_t last_event(const ets::reader<event_table>& log);

/// Reads an id: `7`, `7-0`, exclusive `(7`, and `-` and `+`. The first number
/// of what it means as the beginning of a range, or the last one as its end.
std::optional<uint64_t> read_stream_id(std::string_view text, bool as_end);

/// Replies an array of entries, each an id and its fields and values.
void reply_events(const std::vector<stream_event>& events, resp_writer& out);

} // namespace kv::server
