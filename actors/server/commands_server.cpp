#include "actors/kv/keeper.hpp"
#include "actors/server/error_texts.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/words.hpp"

#include <sys/resource.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace kv::server {

namespace {

// -- INFO ---------------------------------------------------------------------

std::string server_section(const resp_service& service) {
  using namespace std::chrono;
  auto up = duration_cast<seconds>(system_clock::now() - service.started);
  std::ostringstream out;
  // Clients look for redis_version to learn what they may use.
  out << "# Server\r\nredis_version:7.0.0\r\nkv_version:" << service.version
      << "\r\nredis_mode:standalone\r\nprocess_id:" << ::getpid()
      << "\r\ntcp_port:" << service.port
      << "\r\nuptime_in_seconds:" << up.count() << "\r\n";
  return out.str();
}

std::string clients_section(const resp_service& service) {
  return "# Clients\r\nconnected_clients:"
         + std::to_string(service.clients.load()) + "\r\n";
}

std::string memory_section() {
  std::ifstream in{"/proc/self/statm"};
  uint64_t pages = 0;
  uint64_t resident = 0;
  in >> pages >> resident;
  auto bytes = resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return "# Memory\r\nused_memory_rss:" + std::to_string(bytes) + "\r\n";
}

std::string stats_section(const resp_service& service) {
  return "# Stats\r\ntotal_connections_received:"
         + std::to_string(service.connections.load())
         + "\r\ntotal_commands_processed:"
         + std::to_string(service.commands.load()) + "\r\npubsub_channels:"
         + std::to_string(service.channels.channels().size())
         + "\r\npubsub_patterns:" + std::to_string(service.channels.patterns())
         + "\r\n";
}

// In Redis's words; everything is in memory before the first client is served.
std::string persistence_section() {
  std::string result = "# Persistence\r\nloading:0\r\n";
  auto* k = keeper::of_process();
  if (k == nullptr)
    return result + "aof_enabled:0\r\n";
  constexpr int64_t thousand = 1000;
  auto now = k->status();
  auto ok = now.failure.empty();
  return result + "rdb_changes_since_last_save:" + std::to_string(now.unsaved)
         + "\r\nrdb_last_save_time:" + std::to_string(now.last_save / thousand)
         + "\r\nrdb_last_bgsave_status:" + (ok ? "ok" : "err")
         + "\r\naof_enabled:1\r\naof_last_write_status:" + (ok ? "ok" : "err")
         + "\r\n";
}

std::string cpu_section() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto text = [](const timeval& x) {
    auto digits = std::to_string(1'000'000 + x.tv_usec).substr(1);
    return std::to_string(x.tv_sec) + '.' + digits;
  };
  return "# CPU\r\nused_cpu_sys:" + text(used.ru_stime)
         + "\r\nused_cpu_user:" + text(used.ru_utime) + "\r\n";
}

// How many of them expire is not counted anywhere.
std::string keyspace_section(const name_readers& names) {
  auto strings = names.strings.size();
  auto buckets = names.buckets.size();
  std::string result = "# Keyspace\r\n";
  if (strings + buckets > 0)
    result += "db0:keys=" + std::to_string(strings + buckets)
              + ",expires=0,avg_ttl=0\r\n";
  return result + "# Kv\r\nstrings:" + std::to_string(strings)
         + "\r\nbuckets:" + std::to_string(buckets) + "\r\n";
}

std::string info_text(resp_session& self, arguments sections) {
  const auto& service = self.service();
  auto wanted = [&](std::string_view upper) {
    for (auto x : sections)
      if (is_word(x, upper) || is_word(x, "ALL") || is_word(x, "DEFAULT")
          || is_word(x, "EVERYTHING"))
        return true;
    return sections.empty();
  };
  std::string result;
  auto add = [&](std::string_view name, const std::string& text) {
    if (wanted(name))
      result += (result.empty() ? "" : "\r\n") + text;
  };
  add("SERVER", server_section(service));
  add("CLIENTS", clients_section(service));
  add("MEMORY", memory_section());
  add("PERSISTENCE", persistence_section());
  add("STATS", stats_section(service));
  add("REPLICATION", "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n");
  add("CPU", cpu_section());
  add("KEYSPACE", keyspace_section(self.names()));
  return result;
}

void info(resp_session& self, arguments args) {
  try {
    self.reply().verbatim("txt", info_text(self, args.subspan(1)));
  } catch (const ets::error&) {
    self.reply().error(error_text::ended);
  }
}

void time(resp_session& self, arguments) {
  using namespace std::chrono;
  auto now
    = duration_cast<microseconds>(system_clock::now().time_since_epoch());
  constexpr int64_t million = 1'000'000;
  auto out = self.reply();
  out.array(2);
  out.bulk(now.count() / million);
  out.bulk(now.count() % million);
}

constexpr std::string_view o1 = "O(1)";
constexpr std::string_view group = "server";

constexpr std::array<command, 2> table{{
  on_session({"info", -1, flag_keyspace, 0, 0, 0, group, "1.0.0", o1,
              "Describes the server.", "[section ...]"},
             info),
  on_session({"time", 1, flag_fast | flag_random, 0, 0, 0, group, "2.6.0", o1,
              "Returns the server's time, in seconds and microseconds.", ""},
             time),
}};

} // namespace

std::span<const command> server_commands() {
  return table;
}

} // namespace kv::server
