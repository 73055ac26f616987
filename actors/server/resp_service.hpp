#pragma once

#include "actors/server/client_list.hpp"
#include "actors/server/notifications.hpp"
#include "actors/server/password.hpp"
#include "actors/server/pubsub.hpp"
#include "actors/server/slow_log.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace kv::server {

/// What all Redis clients of a server share.
/// Thread safety: any thread; `settings` does not change once it serves.
struct resp_service {
  std::chrono::system_clock::time_point started
    = std::chrono::system_clock::now();
  std::map<std::string, std::string> settings; ///< For CONFIG GET.
  std::string version;                         ///< Of the program.
  uint16_t port = 0;
  std::shared_ptr<const password> access = std::make_shared<const password>();
  std::atomic<uint64_t> last_client = 0;
  std::atomic<uint64_t> clients = 0;
  std::atomic<uint64_t> connections = 0; ///< Since CONFIG RESETSTAT.
  std::atomic<uint64_t> commands = 0;    ///< The same.
  client_list all_clients;
  pubsub channels;
  notifications changes{channels};
  slow_log slow;
};

} // namespace kv::server
