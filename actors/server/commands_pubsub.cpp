#include "actors/base/glob.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <string>
#include <vector>

namespace kv::server {

namespace {

using kind = resp_subscriptions::kind;

template <kind What>
void subscribe(resp_session& self, arguments args) {
  for (auto name : args.subspan(1))
    self.subscriptions().add(What, name);
}

template <kind What>
void unsubscribe(resp_session& self, arguments args) {
  if (args.size() == 1)
    self.subscriptions().remove_all(What);
  for (auto name : args.subspan(1))
    self.subscriptions().remove(What, name);
}

void publish(resp_session& self, arguments args) {
  auto count = self.service().channels.publish(args[1], args[2]);
  self.reply().integer(static_cast<int64_t>(count));
}

void reply_channels(resp_session& self, arguments patterns) {
  std::vector<std::string> found;
  for (auto& name : self.service().channels.channels())
    if (patterns.empty() || glob_matches(patterns[0], name))
      found.push_back(std::move(name));
  auto out = self.reply();
  out.array(found.size());
  for (const auto& x : found)
    out.bulk(x);
}

void reply_numbers(resp_session& self, arguments names) {
  auto out = self.reply();
  out.array(names.size() * 2);
  for (auto name : names) {
    out.bulk(name);
    out.integer(
      static_cast<int64_t>(self.service().channels.count(std::string{name})));
  }
}

void pubsub(resp_session& self, arguments args) {
  if (is_word(args[1], "CHANNELS") && args.size() <= 3)
    reply_channels(self, args.subspan(2));
  else if (is_word(args[1], "NUMSUB"))
    reply_numbers(self, args.subspan(2));
  else if (is_word(args[1], "NUMPAT") && args.size() == 2)
    self.reply().integer(
      static_cast<int64_t>(self.service().channels.patterns()));
  else
    self.reply().error(
      "ERR unknown subcommand or wrong number of arguments for '"
      + std::string{args[1]} + "'. Try PUBSUB HELP.");
}

constexpr std::string_view group = "pubsub";
constexpr std::string_view on = "O(N) where N is the number of channels";
constexpr uint16_t own = flag_pubsub | flag_no_multi;

constexpr std::array<command, 6> table{{
  on_session({"subscribe", -2, own, 0, 0, 0, group, "2.0.0", on,
              "Subscribes to channels.", "channel [channel ...]"},
             subscribe<kind::channel>),
  on_session({"unsubscribe", -1, own, 0, 0, 0, group, "2.0.0", on,
              "Gives channels up, or all.", "[channel [channel ...]]"},
             unsubscribe<kind::channel>),
  on_session({"psubscribe", -2, own, 0, 0, 0, group, "2.0.0", on,
              "Subscribes to all channels that match patterns.",
              "pattern [pattern ...]"},
             subscribe<kind::pattern>),
  on_session({"punsubscribe", -1, own, 0, 0, 0, group, "2.0.0", on,
              "Gives patterns up, or all.", "[pattern [pattern ...]]"},
             unsubscribe<kind::pattern>),
  on_session({"publish", 3, flag_fast, 0, 0, 0, group, "2.0.0",
              "O(N+M) where N is the number of subscribers and M of patterns",
              "Sends a message to the subscribers of a channel.",
              "channel message"},
             publish),
  on_session({"pubsub", -2, 0, 0, 0, 0, group, "2.8.0", on,
              "Describes channels and patterns.",
              "CHANNELS [pattern] | NUMSUB [channel ...] | NUMPAT"},
             pubsub),
}};

} // namespace

std::span<const command> pubsub_commands() {
  return table;
}

} // namespace kv::server
