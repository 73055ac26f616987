#include "app/servers.hpp"

#include "actors/base/log.hpp"
#include "actors/server/line_session.hpp"
#include "actors/server/resp_session.hpp"
#include "app/access.hpp"
#include "app/descriptors.hpp"

#include <stdexcept>
#include <utility>

namespace kv::app {

namespace {

/// Calls `f`, whose errors concern files that the configuration names.
template <class F>
auto checked(F f) {
  try {
    return f();
  } catch (const std::runtime_error& reason) {
    throw refusal{exit_status::configuration, reason.what()};
  }
}

std::shared_ptr<server::tls> make_tls(const options& opts) {
  if (opts.tls_cert.empty())
    return nullptr;
  return checked([&] {
    return std::make_shared<server::tls>(
      server::tls_files{opts.tls_cert, opts.tls_key, opts.tls_ca});
  });
}

/// Returns what keeps clients in bounds.
server::server_options
make_server_options(const options& opts,
                    std::shared_ptr<const server::tls> tls) {
  server::server_options result{.io_threads = opts.io_threads,
                                .max_clients
                                = fit_descriptors(opts.max_clients),
                                .method = opts.io_method,
                                .tls = std::move(tls)};
  if (result.max_clients < opts.max_clients)
    log::warn("the system allows so few open files that "
              + std::to_string(result.max_clients) + " clients fit, not "
              + std::to_string(opts.max_clients));
  result.limits.idle = opts.idle_timeout;
  return result;
}

std::string endpoint(const options& opts, uint16_t port) {
  auto v6 = opts.bind.find(':') != std::string::npos;
  auto host = v6 ? '[' + opts.bind + ']' : opts.bind;
  return host + ':' + std::to_string(port);
}

server::session_factory
line_sessions(const kv::client& client,
              const std::shared_ptr<server::line_service>& service) {
  return [client, service](server::session::home where) {
    return std::make_shared<server::line_session>(client, service,
                                                  std::move(where));
  };
}

server::session_factory
resp_sessions(const kv::client& client,
              const std::shared_ptr<server::resp_service>& service) {
  return [client, service](server::session::home where) {
    return std::make_shared<server::resp_session>(client, service,
                                                  std::move(where));
  };
}

} // namespace

servers::servers(const options& opts)
  : access_(std::make_shared<server::password>(password_of(opts))),
    tls_(make_tls(opts)),
    server_(make_server_options(opts, tls_)) {
  // nop
}

std::string servers::start(const options& opts, const kv::client& client) {
  std::string result;
  if (opts.line_port) {
    auto service = std::make_shared<server::line_service>();
    service->access = access_;
    auto port = server_.listen({opts.bind, *opts.line_port},
                               line_sessions(client, service));
    result += " line=" + endpoint(opts, port);
  }
  if (opts.resp_port) {
    auto service = std::make_shared<server::resp_service>();
    service->version = KV_VERSION;
    service->access = access_;
    service->settings = {{"maxclients", std::to_string(opts.max_clients)},
                         {"timeout", std::to_string(opts.idle_timeout.count())},
                         {"save", ""},
                         {"appendonly", "no"},
                         {"databases", "1"}};
    auto port
      = server_.listen({.address = opts.bind,
                        .port = *opts.resp_port,
                        .refusal = "-ERR max number of clients reached\r\n"},
                       resp_sessions(client, service));
    service->port = port;
    result += " resp=" + endpoint(opts, port);
  }
  server_.start();
  return result;
}

void servers::reload(const options& opts) {
  auto secret = password_of(opts);
  if (tls_ != nullptr)
    checked([&] { tls_->reload(); });
  access_->set(secret);
}

bool servers::close(std::chrono::milliseconds timeout) {
  server_.close();
  return server_.wait(timeout);
}

} // namespace kv::app
