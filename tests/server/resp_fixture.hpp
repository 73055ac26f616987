#pragma once

#include "actors/server/resp_session.hpp"
#include "actors/server/tcp_server.hpp"

#include "tests/server/io_method.hpp"
#include "tests/support/line_client.hpp"
#include "tests/support/live_fixture.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kv::test {

/// A server for Redis clients in front of the live application.
class resp_fixture : public live_fixture {
public:
  explicit resp_fixture(unsigned io_threads = 1, tree_options options = {})
    : live_fixture(std::move(options)),
      server(with_tested_method({.io_threads = io_threads})) {
    service->version = "0.0.0";
    port = server.listen({}, [this](server::session::home where) {
      return std::make_shared<server::resp_session>(client, service,
                                                    std::move(where));
    });
    server.start();
  }

  ~resp_fixture() {
    server.close();
    server.wait(deadline);
    app.reset();
  }

  line_client connect() const {
    return line_client{port};
  }

  /// Returns all that is answered to `requests` on a connection of their own.
  std::string talk(std::string_view requests) const {
    return connect().talk(requests);
  }

  std::shared_ptr<server::resp_service> service
    = std::make_shared<server::resp_service>();
  server::tcp_server server;
  uint16_t port = 0;
};

} // namespace kv::test
