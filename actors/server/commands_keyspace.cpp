#include "actors/base/glob.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Names of buckets are Redis's keys.

namespace kv::server {

namespace {

constexpr std::string_view ended = "ERR the application is ending";

// A bucket that nobody created is not there while it has no fields.
bool is_there(const bucket_entry& x) {
  return x.bucket.fields.is_open()
         && (!x.ephemeral.load() || x.bucket.fields.size() > 0);
}

bool exists(resp_session& self, std::string_view name) {
  auto found = false;
  self.kv().names().visit(name, [&](const bucket_entry& x) {
    try {
      found = is_there(x);
    } catch (const ets::error&) {
      // It ended under our eyes.
    }
  });
  return found;
}

template <class F>
void for_each_name(resp_session& self, F f) {
  self.kv().names().for_each([&](const bucket_entry& x) {
    try {
      if (is_there(x))
        f(x.name.view());
    } catch (const ets::error&) {
      // It ended under our eyes.
    }
  });
}

std::vector<std::string> names_of(resp_session& self,
                                  std::string_view pattern) {
  std::vector<std::string> result;
  for_each_name(self, [&](std::string_view name) {
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
    self.reply().error(ended);
  }
}

void del(resp_session& self, arguments args) {
  self.end_buckets(args.subspan(1));
}

void exists(resp_session& self, arguments args) {
  int64_t count = 0;
  for (auto name : args.subspan(1))
    count += exists(self, name) ? 1 : 0;
  self.reply().integer(count);
}

void type(resp_session& self, arguments args) {
  auto found = exists(self, args[1]);
  self.reply().simple_string(found ? "hash" : "none");
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
  for_each_name(self, [&](std::string_view name) {
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
  for_each_name(self, [&](std::string_view) { ++count; });
  self.reply().integer(count);
}

void flush(resp_session& self, arguments args) {
  if (args.size() > 2
      || (args.size() == 2 && !is_word(args[1], "ASYNC")
          && !is_word(args[1], "SYNC"))) {
    self.reply().error("ERR syntax error");
    return;
  }
  auto all = names_of(self, "*");
  std::vector<std::string_view> names{all.begin(), all.end()};
  self.end_buckets(names, "OK");
}

void create(resp_session& self, arguments args) {
  self.create_bucket(args[1]);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view on = "O(N) where N is the number of keys";
constexpr std::string_view ob = "O(N) where N is the number of buckets";
constexpr std::string_view generic = "generic";
constexpr std::string_view server = "server";
constexpr uint16_t write = flag_write | flag_keyspace;
constexpr uint16_t read = flag_readonly | flag_keyspace;

const std::array<command, 10> table{{
  {"del", -2, write, 1, -1, 1, generic, "1.0.0", on, "Ends buckets.",
   "key [key ...]", guarded<del>},
  {"unlink", -2, write | flag_fast, 1, -1, 1, generic, "4.0.0", on,
   "Ends buckets.", "key [key ...]", guarded<del>},
  {"exists", -2, read | flag_fast, 1, -1, 1, generic, "1.0.0", on,
   "Returns how many of the keys exist.", "key [key ...]", guarded<exists>},
  {"type", 2, read | flag_fast, 1, 1, 1, generic, "1.0.0", o1,
   "Returns hash, or none.", "key", guarded<type>},
  {"keys", 2, read, 0, 0, 0, generic, "1.0.0", ob,
   "Returns the names of buckets that match a pattern.", "pattern",
   guarded<keys>},
  {"randomkey", 1, read | flag_random, 0, 0, 0, generic, "1.0.0", ob,
   "Returns the name of some bucket.", "", guarded<randomkey>},
  {"dbsize", 1, read | flag_fast, 0, 0, 0, server, "1.0.0", ob,
   "Returns the number of buckets.", "", guarded<dbsize>},
  {"flushall", -1, write, 0, 0, 0, server, "1.0.0", ob, "Ends all buckets.",
   "[ASYNC | SYNC]", guarded<flush>},
  {"flushdb", -1, write, 0, 0, 0, server, "1.0.0", ob, "Ends all buckets.",
   "[ASYNC | SYNC]", guarded<flush>},
  {"kv.create", 2, write, 1, 1, 1, "kv", "7.0.0", o1,
   "Creates a bucket that stays when it is empty; answers when every event "
   "handler has heard of it.",
   "key", guarded<create>},
}};

} // namespace

std::span<const command> keyspace_commands() {
  return table;
}

} // namespace kv::server
