#include "actors/server/resp_session.hpp"

#include <array>

namespace kv::server {

namespace {

void multi(resp_session& self, arguments) {
  self.transaction().begin();
}

void exec(resp_session& self, arguments) {
  self.transaction().execute();
}

void discard(resp_session& self, arguments) {
  self.transaction().discard();
}

void watch(resp_session& self, arguments args) {
  self.transaction().watch(args.subspan(1));
}

void unwatch(resp_session& self, arguments) {
  self.transaction().unwatch();
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of keys";
constexpr std::string_view group = "transactions";
constexpr uint16_t fast = flag_fast;
constexpr uint16_t at_once = flag_fast | flag_no_multi;
constexpr uint16_t waits = at_once | flag_keyspace;

constexpr std::array<command, 5> table{{
  on_session({"multi", 1, at_once, 0, 0, 0, group, "1.2.0", o1,
              "Begins a transaction on one bucket, or on strings.", ""},
             multi),
  on_session({"exec", 1, flag_no_multi | flag_keyspace, 0, 0, 0, group, "1.2.0",
              "Depends on commands in the transaction",
              "Runs the requests of the transaction as one.", ""},
             exec),
  on_session({"discard", 1, at_once, 0, 0, 0, group, "2.0.0",
              "O(N), when N is the number of queued commands",
              "Drops the transaction.", ""},
             discard),
  on_session({"watch", -2, waits, 1, -1, 1, group, "2.2.0", on,
              "Has EXEC do nothing if one of the keys changes before it.",
              "key [key ...]"},
             watch),
  on_session({"unwatch", 1, fast, 0, 0, 0, group, "2.2.0", o1,
              "Forgets all watched keys.", ""},
             unwatch),
}};

} // namespace

std::span<const command> transaction_commands() {
  return table;
}

} // namespace kv::server
