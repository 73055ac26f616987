#pragma once

#include "actors/server/connection.hpp"
#include "actors/server/uring.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace kv::server {

/// Returns a connection without TLS whose bytes go through `ring`, which serves
/// the context of the socket and is there for longer than that runs.
std::shared_ptr<connection>
make_uring_connection(boost::asio::ip::tcp::socket socket,
                      const client_limits& limits,
                      std::shared_ptr<client_count> count, uring& ring);

} // namespace kv::server
