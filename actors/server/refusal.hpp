#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string_view>

namespace kv::server {

/// Tells a client that it is one too many, and closes. Waits a moment for what
/// it sends meanwhile, which would reset the connection under the text, unless
/// many wait already. Complexity: O(1). Thread safety: any thread.
/// @param text Must outlive the program's connections: a literal.
void refuse(boost::asio::ip::tcp::socket socket, std::string_view text);

} // namespace kv::server
