#include "app/access.hpp"

#include "app/ini_file.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <optional>

namespace kv::app {

namespace {

using std::string;

constexpr uint32_t loopback_net = 127;

bool is_loopback(uint32_t v4) {
  return v4 >> 24U == loopback_net;
}

[[noreturn]] void refuse(const string& line) {
  throw refusal{exit_status::configuration, line};
}

} // namespace

bool is_loopback(std::string_view address) {
  in_addr v4{};
  if (inet_pton(AF_INET, string{address}.c_str(), &v4) == 1)
    return is_loopback(ntohl(v4.s_addr));
  in6_addr v6{};
  if (inet_pton(AF_INET6, string{address}.c_str(), &v6) != 1)
    return false;
  if (IN6_IS_ADDR_V4MAPPED(&v6))
    return v6.s6_addr[12] == loopback_net;
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

string read_password(const string& path) {
  constexpr size_t longest = 4096;
  auto text = read_config_file(path);
  if (!text)
    refuse(path + ": cannot read: No such file or directory (password-file)");
  auto line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r'))
    line.pop_back();
  if (line.empty())
    refuse(path + ": has no password in its first line");
  if (line.size() > longest)
    refuse(path + ": its first line is longer than 4096 bytes");
  return line;
}

string password_of(const options& opts) {
  return opts.password_file.empty() ? opts.password
                                    : read_password(opts.password_file);
}

void check_access(const options& opts) {
  if (!opts.tls_cert.empty() && opts.tls_key.empty())
    refuse("tls-cert: needs the key, too (--tls-key)");
  if (!opts.tls_key.empty() && opts.tls_cert.empty())
    refuse("tls-key: needs the certificate, too (--tls-cert)");
  if (!opts.tls_ca.empty() && opts.tls_cert.empty())
    refuse("tls-ca: needs the server's certificate, too (--tls-cert)");
  auto is_safe = !password_of(opts).empty() || !opts.tls_cert.empty();
  if (!is_safe && !is_loopback(opts.bind))
    refuse("bind: other machines reach " + opts.bind
           + ", so a password (--password-file or KV_PASSWORD) or TLS "
             "(--tls-cert) is needed");
}

} // namespace kv::app
