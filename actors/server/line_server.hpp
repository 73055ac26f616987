#pragma once

#include "actors/kv/client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace kv::server {

/// Where a line server listens and how much it takes on.
struct line_server_options {
  std::string address = "127.0.0.1"; ///< Numeric IPv4 or IPv6.
  uint16_t port = 4040;              ///< 0 picks a free one.
  unsigned io_threads = 1;
  unsigned max_clients = 10000; ///< Further ones hear `ERROR` and are closed.
};

/// Serves the line protocol over TCP. Every io thread runs a reactor of its own
/// and the actors that its clients write to; a client stays on its thread.
///
/// Order of ends: `close`, `wait`, then the application, then the server, then
/// the actor system; so no answer comes late to a thread that is gone.
class line_server {
public:
  /// Binds and listens; serves nobody before `start`.
  /// Errors: throws `std::system_error`, e.g. if the port is in use.
  explicit line_server(const line_server_options& options);

  line_server(const line_server&) = delete;

  line_server& operator=(const line_server&) = delete;

  /// Ends the io threads.
  ~line_server();

  /// Starts the io threads.
  void start(kv::client client);

  /// Closes the listener and all connections, these once what they had sent by
  /// now has been answered.
  /// Thread safety: any thread. Does not wait.
  void close();

  /// Waits until there are no clients; returns false if that lasts longer.
  /// Thread safety: any thread.
  bool wait(std::chrono::milliseconds timeout) const;

  /// The port that it listens on, in host byte order.
  uint16_t port() const noexcept;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace kv::server
