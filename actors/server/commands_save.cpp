#include "actors/kv/keeper.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"

#include <array>
#include <string>
#include <utility>

// SAVE, BGSAVE, LASTSAVE and KV.BACKUP.

namespace kv::server {

namespace {

constexpr std::string_view no_directory
  = "ERR there is no data directory, see --data-dir";

/// Returns the keeper; without one, the client hears why not.
keeper* keeper_for(resp_session& self) {
  auto* result = keeper::of_process();
  if (result == nullptr)
    self.reply().error(no_directory);
  return result;
}

/// Replies OK when what it returns is called, on any thread, or an error.
/// @param text Turns the reason into an error of Redis's protocol.
keeper::answer reply_when_done(resp_session& self,
                               std::string (*text)(const caf::error&)) {
  auto slot = self.replies().reserve();
  auto on_done = [&self, slot, text](const caf::expected<bool>& done) {
    std::string reply;
    resp_writer out{reply, self.version()};
    if (done)
      out.simple_string("OK");
    else
      out.error(text(done.error()));
    self.replies().fill(slot, std::move(reply));
  };
  auto answer = self.answer_later<bool>(std::move(on_done));
  return [answer](const caf::error& reason) mutable {
    if (reason)
      answer(caf::expected<bool>{reason});
    else
      answer(caf::expected<bool>{true});
  };
}

void save(resp_session& self, arguments) {
  if (auto* k = keeper_for(self))
    k->save(reply_when_done(self, error_text::not_kept));
}

void bgsave(resp_session& self, arguments) {
  auto* k = keeper_for(self);
  if (k == nullptr)
    return;
  k->save([](const caf::error&) { /* INFO tells */ });
  self.reply().simple_string("Background saving started");
}

void lastsave(resp_session& self, arguments) {
  constexpr int64_t thousand = 1000;
  auto* k = keeper::of_process();
  self.reply().integer(k == nullptr ? 0 : k->status().last_save / thousand);
}

// What a relative name means to the server is not what it means to its client.
void backup(resp_session& self, arguments args) {
  if (!args[1].starts_with('/')) {
    self.reply().error("ERR the directory's name must begin with /");
    return;
  }
  if (auto* k = keeper_for(self))
    k->checkpoint(std::string{args[1]},
                  reply_when_done(self, error_text::no_backup));
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view group = "server";

constexpr std::array<command, 4> table{{
  on_session({"save", 1, flag_admin | flag_no_multi | flag_keyspace, 0, 0, 0,
              group, "1.0.0", "O(N) where N is the number of changes",
              "Answers once everything is on the disk.", ""},
             save),
  on_session({"bgsave", -1, flag_admin | flag_keyspace, 0, 0, 0, group, "1.0.0",
              o1, "Has everything written to the disk.", "[SCHEDULE]"},
             bgsave),
  on_session({"lastsave", 1, flag_fast | flag_admin, 0, 0, 0, group, "1.0.0",
              o1, "Returns when everything was on the disk, in Unix time.", ""},
             lastsave),
  on_session({"kv.backup", 2, flag_admin | flag_no_multi | flag_keyspace, 0, 0,
              0, "kv", "7.0.0",
              "O(N) where N is the number of fields and strings",
              "Copies all that is kept into an empty or new directory of the "
              "server's machine, and answers once it is there.",
              "directory"},
             backup),
}};

} // namespace

std::span<const command> save_commands() {
  return table;
}

} // namespace kv::server
