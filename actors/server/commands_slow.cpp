#include "actors/server/error_texts.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <limits>
#include <string>

// SLOWLOG and LATENCY.

namespace kv::server {

namespace {

void reply_unknown(resp_writer out, std::string_view name,
                   std::string_view subcommand) {
  out.error("ERR unknown subcommand or wrong number of arguments for '"
            + std::string{subcommand} + "'. Try " + std::string{name}
            + " HELP.");
}

// -- SLOWLOG ------------------------------------------------------------------

void reply_slow(resp_session& self, int64_t count) {
  auto most = count < 0 ? std::numeric_limits<size_t>::max()
                        : static_cast<size_t>(count);
  auto all = self.service().slow.last(most);
  auto out = self.reply();
  out.array(all.size());
  for (const auto& x : all) {
    constexpr size_t entries = 6;
    out.array(entries);
    out.integer(x.number);
    out.integer(x.unix_seconds);
    out.integer(x.microseconds);
    out.array(x.words.size());
    for (const auto& word : x.words)
      out.bulk(word);
    out.bulk(""); // the address, which a session does not know
    out.bulk(x.client);
  }
}

void slowlog_get(resp_session& self, arguments args) {
  constexpr int64_t usual = 10;
  auto count = args.size() == 3 ? to_integer(args[2]) : usual;
  if (!count)
    self.reply().error(error_text::not_an_integer);
  else if (*count < -1)
    self.reply().error("ERR count should be greater than or equal to -1");
  else
    reply_slow(self, *count);
}

void slowlog(resp_session& self, arguments args) {
  if (is_word(args[1], "GET") && args.size() <= 3) {
    slowlog_get(self, args);
  } else if (is_word(args[1], "LEN") && args.size() == 2) {
    self.reply().integer(static_cast<int64_t>(self.service().slow.size()));
  } else if (is_word(args[1], "RESET") && args.size() == 2) {
    self.service().slow.clear();
    self.reply().simple_string("OK");
  } else {
    reply_unknown(self.reply(), "SLOWLOG", args[1]);
  }
}

// -- LATENCY ------------------------------------------------------------------

constexpr std::string_view event = "command";

void reply_latest(resp_session& self) {
  auto peaks = self.service().slow.peaks();
  auto out = self.reply();
  out.array(peaks.empty() ? 0 : 1);
  if (peaks.empty())
    return;
  constexpr size_t entries = 4;
  out.array(entries);
  out.bulk(event);
  out.integer(peaks.back().unix_seconds);
  out.integer(peaks.back().milliseconds);
  out.integer(self.service().slow.highest());
}

void reply_history(resp_session& self, std::string_view name) {
  auto peaks = self.service().slow.peaks();
  if (name != event)
    peaks.clear();
  auto out = self.reply();
  out.array(peaks.size());
  for (const auto& x : peaks) {
    out.array(2);
    out.integer(x.unix_seconds);
    out.integer(x.milliseconds);
  }
}

void reset_latency(resp_session& self, arguments names) {
  auto wanted = names.empty();
  for (auto name : names)
    wanted = wanted || name == event;
  auto had = wanted && !self.service().slow.peaks().empty();
  if (wanted)
    self.service().slow.clear_peaks();
  self.reply().integer(had ? 1 : 0);
}

void latency(resp_session& self, arguments args) {
  if (is_word(args[1], "LATEST") && args.size() == 2)
    reply_latest(self);
  else if (is_word(args[1], "HISTORY") && args.size() == 3)
    reply_history(self, args[2]);
  else if (is_word(args[1], "RESET"))
    reset_latency(self, args.subspan(2));
  else
    reply_unknown(self.reply(), "LATENCY", args[1]);
}

constexpr std::string_view on = "O(N) where N is the number of entries";
constexpr std::string_view group = "server";

constexpr std::array<command, 2> table{{
  on_session({"slowlog", -2, flag_admin, 0, 0, 0, group, "2.2.12", on,
              "Returns requests that took long.", "GET [count] | LEN | RESET"},
             slowlog),
  on_session({"latency", -2, flag_admin, 0, 0, 0, group, "2.8.13", on,
              "Returns when requests took long.",
              "LATEST | HISTORY event | RESET [event ...]"},
             latency),
}};

} // namespace

std::span<const command> slow_commands() {
  return table;
}

} // namespace kv::server
