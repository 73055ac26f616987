#include "actors/server/tls.hpp"

#include <boost/asio/ssl/context.hpp>

#include <stdexcept>
#include <utility>

namespace kv::server {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

void check(const error_code& err, const char* option, const std::string& file) {
  if (err)
    throw std::runtime_error{std::string{option} + ": " + file + ": "
                             + err.message()};
}

// A key that is encrypted must not stop the server to ask for its password.
void no_questions(ssl::context& to) {
  to.set_password_callback(
    [](size_t, ssl::context::password_purpose) { return std::string{}; });
}

void require_certificates(ssl::context& to, const std::string& ca) {
  error_code err;
  to.load_verify_file(ca, err);
  check(err, "tls-ca", ca);
  to.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  SSL_CTX_set_client_CA_list(to.native_handle(),
                             SSL_load_client_CA_file(ca.c_str()));
}

std::shared_ptr<ssl::context> load(const tls_files& files) {
  auto result = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* native = result->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                | SSL_OP_CIPHER_SERVER_PREFERENCE
                                | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  no_questions(*result);
  error_code err;
  result->use_certificate_chain_file(files.cert, err);
  check(err, "tls-cert", files.cert);
  result->use_private_key_file(files.key, ssl::context::pem, err);
  check(err, "tls-key", files.key);
  if (!files.ca.empty())
    require_certificates(*result, files.ca);
  // Without this OpenSSL refuses to resume sessions of verified clients.
  constexpr unsigned char id[] = "kv";
  SSL_CTX_set_session_id_context(native, id, sizeof(id) - 1);
  return result;
}

} // namespace

tls::tls(tls_files files) : files_(std::move(files)), context_(load(files_)) {
  // nop
}

void tls::reload() {
  auto fresh = load(files_);
  std::lock_guard guard{mtx_};
  context_ = std::move(fresh);
}

std::shared_ptr<ssl::context> tls::context() const {
  std::lock_guard guard{mtx_};
  return context_;
}

} // namespace kv::server
