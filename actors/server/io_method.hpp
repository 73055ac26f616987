#pragma once

namespace kv::server {

/// How io threads receive from their clients and send to them. With io_uring
/// that takes fewer system calls; TLS has epoll always.
enum class io_method {
  automatic, ///< io_uring where the system allows it, else epoll.
  epoll,
  io_uring,
};

} // namespace kv::server
