#include "actors/base/host_unit.hpp"
#include "actors/ets/directory.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/event_stream.hpp"
#include "actors/server/numbers.hpp"
#include "actors/server/resp_session.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <utility>

// A look into the application: KV.

namespace kv::server {

namespace {

// -- KV.EVENTS ----------------------------------------------------------------

void events(resp_session& self, arguments args) {
  constexpr int64_t usual = 10;
  auto count = args.size() == 2 ? to_integer(args[1]) : usual;
  if (!count || *count < 0) {
    self.reply().error(error_text::not_an_integer);
    return;
  }
  stream_range last;
  last.count = static_cast<size_t>(*count);
  last.backwards = true;
  auto found = read_events(self.kv().tables().events, last);
  auto out = self.reply();
  out.array(found.size());
  for (const auto& x : found) {
    out.map(4);
    out.bulk("number");
    out.integer(static_cast<int64_t>(x.number));
    out.bulk("event");
    out.bulk(x.kind);
    out.bulk("name");
    out.bulk(x.name);
    out.bulk("reason");
    out.bulk(x.reason);
  }
}

// -- KV.KILL ------------------------------------------------------------------

// As if the bucket had crashed: what it had not done yet goes to its successor.
void kill(resp_session& self, arguments args) {
  auto found = visit(self.names().buckets, args[1], [](const bucket_ref& x) {
    auto* bucket = caf::actor_cast<caf::abstract_actor*>(x.actor);
    bucket->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                    caf::make_message(
                      caf::exit_msg{nullptr, caf::exit_reason::kill}),
                    nullptr);
  });
  self.reply().integer(found ? 1 : 0);
}

// -- KV.TABLES ----------------------------------------------------------------

void tables(resp_session& self, arguments) {
  auto all = ets::all();
  auto out = self.reply();
  out.array(all.size());
  for (const auto& x : all) {
    out.map(4);
    out.bulk("name");
    out.bulk(x.name);
    out.bulk("kind");
    out.bulk(to_string(x.kind));
    out.bulk("rows");
    out.integer(static_cast<int64_t>(x.size));
    out.bulk("bytes");
    out.integer(static_cast<int64_t>(x.bytes));
  }
}

// -- KV.TREE, KV.CRASHES ------------------------------------------------------

/// Replies JSON when it is there.
completion<nlohmann::json> json_reply(resp_session& self) {
  auto slot = self.replies().reserve();
  auto on_answer = [&self, slot](const caf::expected<nlohmann::json>& x) {
    using handler = nlohmann::json::error_handler_t;
    std::string text;
    resp_writer out{text, self.version()};
    if (x)
      out.bulk(x->dump(-1, ' ', false, handler::replace));
    else
      out.error("ERR " + describe(x.error()));
    self.replies().fill(slot, std::move(text));
  };
  return completion<nlohmann::json>::make(
    self.answer_later<nlohmann::json>(std::move(on_answer)));
}

void tree(resp_session& self, arguments) {
  self.kv().tree(json_reply(self));
  host_unit::of_this_thread(self.kv().system()).run();
}

void crashes(resp_session& self, arguments args) {
  constexpr int64_t usual = 10;
  auto count = args.size() == 2 ? to_integer(args[1]) : usual;
  if (!count || *count < 0) {
    self.reply().error(error_text::not_an_integer);
    return;
  }
  self.kv().crashes(static_cast<size_t>(*count), json_reply(self));
  host_unit::of_this_thread(self.kv().system()).run();
}

template <void (*F)(resp_session&, arguments)>
void guarded(resp_session& self, arguments args) {
  try {
    F(self, args);
  } catch (const ets::error&) {
    self.reply().error(error_text::ended);
  }
}

constexpr std::string_view group = "kv";
constexpr uint16_t read = flag_readonly | flag_keyspace;

constexpr std::array<command, 5> table{{
  on_session({"kv.events", -1, read, 0, 0, 0, group, "7.0.0",
              "O(N) where N is the size of the log",
              "Returns the registry's last events, newest first.", "[count]"},
             guarded<events>),
  on_session({"kv.kill", 2, flag_write | flag_keyspace, 1, 1, 1, group, "7.0.0",
              "O(1)", "Kills the actor of a bucket, as a crash would.", "key"},
             guarded<kill>),
  on_session({"kv.tables", 1, read, 0, 0, 0, group, "7.0.0",
              "O(N) where N is the number of tables with names",
              "Describes the tables with names.", ""},
             guarded<tables>),
  on_session({"kv.tree", 1, read, 0, 0, 0, group, "7.0.0",
              "O(N) where N is the number of actors that it shows",
              "Describes all that runs, as JSON.", ""},
             guarded<tree>),
  on_session({"kv.crashes", -1, read, 0, 0, 0, group, "7.0.0", "O(N)",
              "Describes the last ends that nobody had asked for, as JSON.",
              "[count]"},
             guarded<crashes>),
}};

} // namespace

std::span<const command> event_commands() {
  return table;
}

} // namespace kv::server
