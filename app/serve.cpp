#include "app/serve.hpp"

#include "actors/kv/application.hpp"
#include "actors/server/line_session.hpp"
#include "actors/server/resp_session.hpp"
#include "actors/server/tcp_server.hpp"
#include "app/access.hpp"
#include "app/actor_types.hpp"
#include "app/descriptors.hpp"
#include "app/help.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

// Order of ends: connections, the tree, the io threads, the actor system. So
// every answer finds its connection, and no actor runs on a thread that is
// gone. All of it takes less than 5 s, unless an actor blocks.

namespace kv::app {

namespace {

/// What clients that do not read their answers may cost at the end.
constexpr std::chrono::seconds drain_time{2};

tree_options make_tree_options(const options& opts) {
  tree_options result;
  for (const auto& name : opts.with)
    result.children.push_back(actor_type_spec(name));
  return result;
}

std::string endpoint(const options& opts, uint16_t port) {
  auto v6 = opts.bind.find(':') != std::string::npos;
  auto host = v6 ? '[' + opts.bind + ']' : opts.bind;
  return host + ':' + std::to_string(port);
}

using access = std::shared_ptr<const server::password>;

server::session_factory line_sessions(const kv::client& client,
                                      const access& who) {
  return [client, who](server::session::home where) {
    return std::make_shared<server::line_session>(client, std::move(where),
                                                  who);
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

/// Returns what keeps clients in bounds, and what they have to speak.
server::server_options make_server_options(const options& opts) {
  server::server_options result{.io_threads = opts.io_threads,
                                .max_clients
                                = fit_descriptors(opts.max_clients)};
  if (result.max_clients < opts.max_clients)
    log::warn("the system allows so few open files that "
              + std::to_string(result.max_clients) + " clients fit, not "
              + std::to_string(opts.max_clients));
  result.limits.idle = opts.idle_timeout;
  if (opts.tls_cert.empty())
    return result;
  try {
    result.tls = std::make_shared<server::tls>(
      server::tls_files{opts.tls_cert, opts.tls_key, opts.tls_ca});
  } catch (const std::runtime_error& reason) {
    throw refusal{exit_status::configuration, reason.what()};
  }
  return result;
}

/// Listens for every protocol that is wanted; returns what the `ready` line
/// says of them.
std::string listen(server::tcp_server& server, const options& opts,
                   const kv::client& client) {
  std::string result;
  auto who = std::make_shared<server::password>(password_of(opts));
  if (opts.line_port) {
    auto port = server.listen({opts.bind, *opts.line_port},
                              line_sessions(client, who));
    result += " line=" + endpoint(opts, port);
  }
  if (opts.resp_port) {
    auto service = std::make_shared<server::resp_service>();
    service->version = KV_VERSION;
    service->access = who;
    service->settings = {{"maxclients", std::to_string(opts.max_clients)},
                         {"save", ""},
                         {"appendonly", "no"},
                         {"databases", "1"}};
    auto port
      = server.listen({.address = opts.bind,
                       .port = *opts.resp_port,
                       .refusal = "-ERR max number of clients reached\r\n"},
                      resp_sessions(client, service));
    service->port = port;
    result += " resp=" + endpoint(opts, port);
  }
  return result;
}

/// Waits for a signal or for the tree's own end. The first signal asks for an
/// ordered end, the second one ends the process at once.
class life {
public:
  /// Blocks until one of them happens; returns why the tree ended by itself.
  std::optional<caf::error> wait(const application& app) {
    app.on_end([this](const caf::error& reason) {
      boost::asio::post(context_, [this, reason] { finish(reason); });
    });
    signals_.async_wait(
      [this](const boost::system::error_code& err, int number) {
        if (err)
          return;
        log::info("signal " + std::to_string(number) + ", stopping");
        finish(std::nullopt);
      });
    context_.run();
    return reason_;
  }

private:
  void finish(std::optional<caf::error> reason) {
    reason_ = std::move(reason);
    signals_.clear(); // the default action is back
    context_.stop();
  }

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    work_{context_.get_executor()};
  std::optional<caf::error> reason_;
};

/// Returns the exit status for the end of the tree, and says why it ended.
exit_status judge(const std::optional<caf::error>& reason) {
  if (!reason)
    return exit_status::ok;
  std::cerr << "kv: the supervision tree ended: " << describe(*reason)
            << std::endl;
  return *reason == ec::max_restarts ? exit_status::gave_up
                                     : exit_status::failed;
}

/// The terminal may go, and so may a client: neither ends the process.
void ignore_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

} // namespace

int serve(config& cfg, const options& opts) {
  ignore_signals();
  log::init(opts.log_level, opts.log_file);
  life until;
  caf::actor_system sys{cfg};
  server::tcp_server server{make_server_options(opts)};
  application app{sys, make_tree_options(opts)};
  auto endpoints = listen(server, opts, app.client());
  server.start();
  std::cout << version_text() << "  config "
            << (opts.config_file.empty() ? "none" : opts.config_file)
            << "\nready" << endpoints << std::endl;
  auto result = judge(until.wait(app));
  server.close();
  if (!server.wait(drain_time))
    log::warn("some clients have not read their answers");
  return static_cast<int>(result);
}

} // namespace kv::app
