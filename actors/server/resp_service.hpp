#pragma once

#include "actors/server/password.hpp"

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
  std::atomic<uint64_t> commands = 0;
};

} // namespace kv::server
