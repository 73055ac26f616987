#pragma once

#include "actors/server/connection.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace boost::asio::ssl {

class context;

} // namespace boost::asio::ssl

namespace kv::server {

/// Returns a connection whose bytes are the session's.
std::shared_ptr<connection>
make_plain_connection(boost::asio::ip::tcp::socket socket,
                      const client_limits& limits,
                      std::shared_ptr<client_count> count);

/// Returns a connection that speaks TLS. `context` may go afterwards.
std::shared_ptr<connection>
make_tls_connection(boost::asio::ip::tcp::socket socket,
                    boost::asio::ssl::context& context,
                    const client_limits& limits,
                    std::shared_ptr<client_count> count);

} // namespace kv::server
