#pragma once

#include "app/client/reply.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kv::app {

/// Where a server is, and what it wants from those who connect.
struct server_address {
  std::string host; ///< A name, or a numeric address.
  uint16_t port = 0;
  std::string password; ///< Empty: none.
  bool tls = false;
  std::string tls_ca;   ///< Empty: those that the system trusts.
  std::string tls_cert; ///< Our own; empty: none.
  std::string tls_key;

  std::string text() const;
};

/// Why there is no connection, or not any more.
class cannot_connect : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A connection to a server for Redis clients, in RESP2.
/// Thread safety: one thread at a time.
/// Errors: every call throws `cannot_connect` when the connection fails.
class server_link {
public:
  static constexpr std::chrono::seconds connect_time{10};

  /// How long a reply may take.
  static constexpr std::chrono::seconds reply_time{60};

  using words = std::vector<std::string>;

  /// Connects, and says the password.
  explicit server_link(server_address where);

  server_link(server_link&&) noexcept;

  server_link& operator=(server_link&&) noexcept;

  ~server_link();

  /// Sends a request and returns its reply.
  reply call(const words& request);

  /// Adds a request to those that `receive` sends. Its reply comes behind those
  /// of earlier ones.
  void push(const words& request);

  /// Returns the next reply.
  reply receive();

  /// Returns what the server says within a time, if it does.
  std::optional<reply> receive_within(std::chrono::milliseconds time);

  /// Returns the socket, for those who wait for more than one thing.
  int descriptor() const;

  const server_address& where() const noexcept;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace kv::app
