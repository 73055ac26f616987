#include "actors/base/glob.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/kv/create_kept.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

// All names: the strings' and the buckets'.

namespace kv::server {

namespace {

template <class F>
void for_each_name(const name_readers& names, F f) {
  names.strings.for_each([&](const field& x) { f(std::string_view{x.key}); });
  names.buckets.for_each([&](const bucket_entry& x) {
    if (name_readers::is_there(x))
      f(x.name.view());
  });
}

std::vector<std::string> names_of(resp_session& self,
                                  std::string_view pattern) {
  std::vector<std::string> result;
  for_each_name(self.names(), [&](std::string_view name) {
    if (glob_matches(pattern, name))
      result.emplace_back(name);
  });
  return result;
}

/// Runs a command that fails once the application has ended.
template <void (*F)(resp_session&, arguments)>
void guarded(resp_session& self, arguments args) {
  try {
    F(self, args);
  } catch (const ets::error&) {
    self.reply().error(error_text::ended);
  }
}

void keys(resp_session& self, arguments args) {
  auto found = names_of(self, args[1]);
  auto out = self.reply();
  out.array(found.size());
  for (const auto& x : found)
    out.bulk(x);
}

void randomkey(resp_session& self, arguments) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::string chosen;
  uint64_t seen = 0;
  for_each_name(self.names(), [&](std::string_view name) {
    if (random() % ++seen == 0)
      chosen = name;
  });
  auto out = self.reply();
  if (seen == 0)
    out.null();
  else
    out.bulk(chosen);
}

void dbsize(resp_session& self, arguments) {
  int64_t count = 0;
  for_each_name(self.names(), [&](std::string_view) { ++count; });
  self.reply().integer(count);
}

bool check_flush(arguments args, resp_writer& out) {
  if (args.size() == 1
      || (args.size() == 2
          && (is_word(args[1], "ASYNC") || is_word(args[1], "SYNC"))))
    return true;
  out.error(error_text::syntax);
  return false;
}

void flush(const string_keys& keys, arguments, resp_writer& out) {
  keys.clear();
  out.simple_string("OK");
}

completion<bucket_ref> created_reply(resp_session& self) {
  auto slot = self.replies().reserve();
  auto on_answer = [&self, slot](const caf::expected<bucket_ref>& bucket) {
    std::string text;
    resp_writer out{text, self.version()};
    if (bucket)
      out.simple_string("OK");
    else if (bucket.error() == ec::name_taken)
      out.error(error_text::wrong_type);
    else if (bucket.error() == ec::not_kept)
      out.error(error_text::not_kept(bucket.error()));
    else if (bucket.error() == ec::badarg)
      out.error("ERR " + error_text::words_of(bucket.error()));
    else
      out.error("ERR " + describe(bucket.error()));
    self.replies().fill(slot, std::move(text));
  };
  return completion<bucket_ref>::make(
    self.answer_later<bucket_ref>(std::move(on_answer)));
}

void create(resp_session& self, arguments args) {
  if (self.names().has_string(args[1])) {
    self.reply().error(error_text::wrong_type);
    return;
  }
  std::string name{args[1]};
  if (args.size() == 2) {
    self.kv().create(std::move(name), created_reply(self));
  } else if (args.size() != 4 || !is_word(args[2], "DURABILITY")) {
    self.reply().error(error_text::syntax);
    return;
  } else if (auto mode = durability_of(args[3])) {
    kv::create(self.kv(), std::move(name), *mode, created_reply(self));
  } else {
    self.reply().error("ERR the durability is none, everysec or always");
    return;
  }
  host_unit::of_this_thread(self.kv().system()).run();
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of keys";
constexpr std::string_view generic = "generic";
constexpr std::string_view server = "server";
constexpr uint16_t read = flag_readonly | flag_keyspace;
constexpr uint16_t write = flag_write | flag_keyspace | flag_any_type;

constexpr std::array<command, 6> table{{
  on_session({"keys", 2, read, 0, 0, 0, generic, "1.0.0", on,
              "Returns the keys that match a pattern.", "pattern"},
             guarded<keys>),
  on_session({"randomkey", 1, read | flag_random, 0, 0, 0, generic, "1.0.0", on,
              "Returns some key.", ""},
             guarded<randomkey>),
  on_session({"dbsize", 1, read | flag_fast, 0, 0, 0, server, "1.0.0", on,
              "Returns the number of keys.", ""},
             guarded<dbsize>),
  in_strings({"flushall", -1, write, 0, 0, 0, server, "1.0.0", on,
              "Erases all strings and ends all buckets.", "[ASYNC | SYNC]"},
             flush, check_flush),
  in_strings({"flushdb", -1, write, 0, 0, 0, server, "1.0.0", on,
              "Erases all strings and ends all buckets.", "[ASYNC | SYNC]"},
             flush, check_flush),
  on_session(
    {"kv.create", -2, flag_write | flag_keyspace, 1, 1, 1, "kv", "7.0.0", o1,
     "Creates a bucket that stays when it is empty; answers when every "
     "event handler has heard of it.",
     "key [DURABILITY none | everysec | always]"},
    guarded<create>),
}};

} // namespace

std::span<const command> keyspace_commands() {
  return table;
}

} // namespace kv::server
