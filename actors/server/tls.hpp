#pragma once

#include <memory>
#include <mutex>
#include <string>

namespace boost::asio::ssl {

class context;

} // namespace boost::asio::ssl

namespace kv::server {

/// The PEM files of a server that speaks TLS.
struct tls_files {
  std::string cert; ///< The server's certificate and those that vouch for it.
  std::string key;
  std::string ca; ///< Who vouches for clients; empty: they need not say who.
};

/// What a server needs to speak TLS 1.2 and 1.3.
/// Thread safety: any thread.
class tls {
public:
  /// Errors: throws `std::runtime_error` with the option and the file that is
  /// wrong, and why.
  explicit tls(tls_files files);

  /// Reads the files again, for the clients to come.
  /// Errors: as the constructor; then nothing changes.
  void reload();

  std::shared_ptr<boost::asio::ssl::context> context() const;

private:
  tls_files files_;
  mutable std::mutex mtx_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace kv::server
