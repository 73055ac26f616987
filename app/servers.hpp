#pragma once

#include "actors/kv/client.hpp"
#include "actors/server/password.hpp"
#include "actors/server/tcp_server.hpp"
#include "app/options.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace kv::app {

/// What clients connect to: both protocols, who may do so, and how. Must be
/// made before the application, and end after it.
/// Thread safety: one thread at a time.
class servers {
public:
  /// Errors: throws `refusal` for wrong TLS files or passwords.
  explicit servers(const options& opts);

  /// Listens for every protocol that is wanted, and serves. Returns what the
  /// `ready` line says of them.
  /// Errors: throws `std::system_error`, e.g. if a port is in use.
  std::string start(const options& opts, const kv::client& client);

  /// Reads the password and the TLS files again, for the clients to come. Does
  /// nothing by halves.
  /// Errors: throws `refusal`; then nothing has changed.
  void reload(const options& opts);

  /// Answers what was received, and closes; returns whether all clients have
  /// gone by `timeout`.
  bool close(std::chrono::milliseconds timeout);

private:
  std::shared_ptr<server::password> access_;
  std::shared_ptr<server::tls> tls_; ///< Null: none.
  server::tcp_server server_;
};

} // namespace kv::app
