#include "actors/server/error_texts.hpp"
#include "actors/server/event_stream.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

// The one stream there is: the registry's events, `kv:events`.

namespace kv::server {

namespace {

constexpr std::string_view bad_id
  = "ERR Invalid stream ID specified as stream command argument";

/// Returns whether a name is the stream; otherwise replies for it, as there is
/// no other: `none`, or that it is something else.
template <class F>
bool is_stream(resp_session& self, std::string_view key, F none) {
  if (key == event_stream_key)
    return true;
  if (self.names().kind_of(key) == name_kind::none)
    none(self.reply());
  else
    self.reply().error(error_text::wrong_type);
  return false;
}

// -- XLEN, XRANGE -------------------------------------------------------------

void xlen(resp_session& self, arguments args) {
  if (!is_stream(self, args[1], [](resp_writer out) { out.integer(0); }))
    return;
  auto size = self.kv().tables().events.size();
  self.reply().integer(static_cast<int64_t>(size));
}

template <bool Backwards>
void xrange(resp_session& self, arguments args) {
  stream_range range;
  range.backwards = Backwards;
  auto first = read_stream_id(args[Backwards ? 3 : 2], false);
  auto last = read_stream_id(args[Backwards ? 2 : 3], true);
  if (!first || !last) {
    self.reply().error(bad_id);
    return;
  }
  range.first = *first;
  range.last = *last;
  if (args.size() > 4) {
    auto count = to_integer(args.back());
    if (args.size() != 6 || !is_word(args[4], "COUNT") || !count) {
      self.reply().error(count ? error_text::syntax
                               : error_text::not_an_integer);
      return;
    }
    range.count = static_cast<size_t>(std::max<int64_t>(*count, 0));
  }
  if (!is_stream(self, args[1], [](resp_writer out) { out.array(0); }))
    return;
  auto found = read_events(self.kv().tables().events, range);
  auto out = self.reply();
  reply_events(found, out);
}

// -- XREAD --------------------------------------------------------------------

struct read_request {
  stream_range range;
  bool wanted = false; ///< The stream is asked for.
  std::optional<std::chrono::milliseconds> block = std::nullopt; ///< 0: ever.
};

/// Reads the options up to STREAMS; returns where the keys begin, 0 if the
/// words are wrong: then it has replied.
size_t read_options(resp_session& self, arguments args, read_request& to) {
  for (size_t i = 1; i < args.size(); i += 2) {
    if (is_word(args[i], "STREAMS"))
      return i + 1;
    auto is_count = is_word(args[i], "COUNT");
    if (i + 1 == args.size() || (!is_count && !is_word(args[i], "BLOCK")))
      break;
    auto number = to_integer(args[i + 1]);
    if (!number || (!is_count && *number < 0)) {
      self.reply().error(
        !number ? (is_count ? error_text::not_an_integer
                            : "ERR timeout is not an integer or out of range")
                : "ERR timeout is negative");
      return 0;
    }
    if (is_count && *number > 0)
      to.range.count = static_cast<size_t>(*number);
    else if (!is_count)
      to.block = std::chrono::milliseconds{*number};
  }
  self.reply().error(error_text::syntax);
  return 0;
}

/// Reads keys and ids; returns false if they are wrong: then it has replied.
bool read_streams(resp_session& self, arguments words, read_request& to) {
  if (words.empty() || words.size() % 2 != 0) {
    self.reply().error(
      "ERR Unbalanced 'xread' list of streams: for each stream key an ID or "
      "'$' must be specified.");
    return false;
  }
  auto half = words.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    auto id = words[half + i];
    auto after = id == "$"
                   ? std::optional{last_event(self.kv().tables().events)}
                   : read_stream_id(id, true);
    if (!after || id == "+" || id == "-") {
      self.reply().error(bad_id);
      return false;
    }
    if (words[i] == event_stream_key) {
      to.wanted = true;
      to.range.first = *after + 1;
    } else if (self.names().kind_of(words[i]) != name_kind::none) {
      self.reply().error(error_text::wrong_type);
      return false;
    }
  }
  return true;
}

/// Replies what there is; returns false, without a reply, if that is nothing.
bool reply_new(const ets::reader<event_table>& log, const read_request& request,
               resp_writer& out) {
  if (!request.wanted)
    return false;
  auto found = read_events(log, request.range);
  if (found.empty())
    return false;
  if (out.version() == resp_version::resp3) {
    out.map(1);
  } else {
    out.array(1);
    out.array(2);
  }
  out.bulk(event_stream_key);
  reply_events(found, out);
  return true;
}

/// Fires a waiter when its time is over.
caf::behavior alarm(caf::event_based_actor* self,
                    const std::shared_ptr<notifications::waiter>& waiter,
                    std::chrono::milliseconds timeout) {
  self->delayed_send(self, timeout, atom::deadline_v);
  return {[self, waiter](atom::deadline) {
    waiter->fire(false);
    self->quit();
  }};
}

/// Waits for an event that is wanted, or for the end of its time, and replies
/// then.
void wait(resp_session& self, const read_request& request, size_t slot) {
  auto done = self.answer_later<bool>(
    [&self, request, slot](const caf::expected<bool>&) {
      std::string text;
      resp_writer out{text, self.version()};
      try {
        if (!reply_new(self.kv().tables().events, request, out))
          out.null_array();
      } catch (const ets::error&) {
        out.error(error_text::ended);
      }
      self.replies().fill(slot, std::move(text));
    });
  auto waiter = std::make_shared<notifications::waiter>(
    request.range.first,
    [done](bool happened) { done(caf::expected<bool>{happened}); });
  self.on_give_up([weak = std::weak_ptr{waiter}] {
    if (auto strong = weak.lock())
      strong->fire(false);
  });
  self.service().changes.await_event(waiter);
  // An event may have come before the waiter was there.
  std::string ignored;
  resp_writer out{ignored};
  if (reply_new(self.kv().tables().events, request, out))
    waiter->fire(true);
  else if (request.block->count() > 0)
    self.kv().system().spawn<caf::hidden>(alarm, waiter, *request.block);
}

void xread(resp_session& self, arguments args) {
  read_request request;
  auto keys = read_options(self, args, request);
  if (keys == 0 || !read_streams(self, args.subspan(keys), request))
    return;
  {
    auto out = self.reply();
    if (reply_new(self.kv().tables().events, request, out))
      return;
    if (!request.block || !request.wanted || self.gives_up()) {
      out.null_array();
      return;
    }
  }
  wait(self, request, self.replies().reserve());
}

template <void (*F)(resp_session&, arguments)>
void guarded(resp_session& self, arguments args) {
  try {
    F(self, args);
  } catch (const ets::error&) {
    self.reply().error(error_text::ended);
  }
}

constexpr std::string_view on = "O(N) where N is the size of the log";
constexpr std::string_view group = "stream";
constexpr uint16_t read = flag_readonly | flag_keyspace;

constexpr std::array<command, 4> table{{
  on_session({"xlen", 2, read, 1, 1, 1, group, "5.0.0", "O(1)",
              "Returns the number of the registry's events in kv:events.",
              "key"},
             guarded<xlen>),
  on_session({"xrange", -4, read, 1, 1, 1, group, "5.0.0", on,
              "Returns events of kv:events.", "key start end [COUNT count]"},
             guarded<xrange<false>>),
  on_session({"xrevrange", -4, read, 1, 1, 1, group, "5.0.0", on,
              "Returns events of kv:events, the last one first.",
              "key end start [COUNT count]"},
             guarded<xrange<true>>),
  on_session({"xread", -4, read, 0, 0, 0, group, "5.0.0", on,
              "Returns events of kv:events after an id; waits for them if "
              "asked to.",
              "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id "
              "[id ...]"},
             guarded<xread>),
}};

} // namespace

std::span<const command> stream_commands() {
  return table;
}

} // namespace kv::server
