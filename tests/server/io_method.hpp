#pragma once

#include "actors/server/tcp_server.hpp"

#include <cstdlib>
#include <string_view>

namespace kv::test {

/// Returns these options with the method that KV_TEST_IO_METHOD names: tests
/// with the tag [tcp] run with epoll as well.
inline server::server_options with_tested_method(server::server_options x) {
  const auto* name = std::getenv("KV_TEST_IO_METHOD");
  if (name != nullptr && name == std::string_view{"epoll"})
    x.method = server::io_method::epoll;
  return x;
}

} // namespace kv::test
