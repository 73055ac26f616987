#pragma once

#include "actors/server/line_session.hpp"
#include "actors/server/tcp_server.hpp"

#include "tests/server/io_method.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/live_fixture.hpp"

#include <memory>
#include <utility>

namespace kv::test {

/// Returns what makes line sessions.
inline server::session_factory line_sessions(const kv::client& client) {
  auto service = std::make_shared<server::line_service>();
  return [client, service](server::session::home where) {
    return std::make_shared<server::line_session>(client, service,
                                                  std::move(where));
  };
}

/// A line server in front of the live application.
class server_fixture : public live_fixture {
public:
  explicit server_fixture(unsigned io_threads = 1, unsigned max_clients = 10000,
                          tree_options options = {})
    : live_fixture(std::move(options)),
      server(with_tested_method(
        {.io_threads = io_threads, .max_clients = max_clients})),
      port(server.listen({}, line_sessions(client))) {
    server.start();
  }

  ~server_fixture() {
    server.close();
    server.wait(deadline);
    app.reset();
  }

  line_client connect() const {
    return line_client{port};
  }

  server::tcp_server server;
  uint16_t port;
};

} // namespace kv::test
