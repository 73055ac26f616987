#pragma once

#include "actors/server/connection.hpp"
#include "actors/server/io_method.hpp"
#include "actors/server/tls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kv::server {

struct server_options {
  unsigned io_threads = 1;
  unsigned max_clients = 10000; ///< Of all protocols together.
  client_limits limits{};
  io_method method = io_method::automatic;  ///< TLS has epoll always.
  std::shared_ptr<const server::tls> tls{}; ///< Null: plain TCP.
};

/// Where clients of a protocol are heard.
struct listener_options {
  std::string address = "127.0.0.1"; ///< Numeric IPv4 or IPv6.
  uint16_t port = 0;                 ///< 0 picks a free one.
  /// What a client hears that is one too many, before it is closed.
  std::string_view refusal = "ERROR\r\n";
};

/// Serves protocols over TCP. Every io thread runs a reactor of its own and the
/// actors that its clients write to; a client stays on its thread.
///
/// Order of ends: `close`, `wait`, then the application, then the server, then
/// the actor system; so no answer comes late to a thread that is gone.
class tcp_server {
public:
  /// Errors: throws `std::system_error` if there is no io_uring, and it must
  /// be.
  explicit tcp_server(const server_options& options);

  tcp_server(const tcp_server&) = delete;

  tcp_server& operator=(const tcp_server&) = delete;

  /// Ends the io threads.
  ~tcp_server();

  /// Binds and listens, before `start`; returns the port, in host byte order.
  /// @param make_session Is called on io threads, after `start`.
  /// Errors: throws `std::system_error`, e.g. if the port is in use.
  uint16_t listen(const listener_options& where, session_factory make_session);

  /// Starts the io threads, and to accept clients.
  void start();

  /// Closes the listeners and all connections, these once what they had sent by
  /// now has been answered; nobody waits for events any more.
  /// Thread safety: any thread. Does not wait.
  void close();

  /// Waits until there are no clients; returns false if that lasts longer.
  /// Thread safety: any thread.
  bool wait(std::chrono::milliseconds timeout) const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace kv::server
