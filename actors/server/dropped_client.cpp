#include "actors/server/dropped_client.hpp"

#include "actors/base/log.hpp"

#include <string>

namespace kv::server {

void log_dropped_client(const std::exception& reason) noexcept {
  try {
    log::error(std::string{"a client was dropped: "} + reason.what());
  } catch (const std::exception&) {
    // Nobody can be told.
  }
}

} // namespace kv::server
