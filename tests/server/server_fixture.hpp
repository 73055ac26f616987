#pragma once

#include "actors/server/line_server.hpp"

#include "tests/support/line_client.hpp"
#include "tests/support/live_fixture.hpp"

#include <memory>
#include <utility>

namespace kv::test {

/// A line server in front of the live application.
class server_fixture : public live_fixture {
public:
  explicit server_fixture(unsigned io_threads = 1, unsigned max_clients = 10000,
                          tree_options options = {})
    : live_fixture(std::move(options)),
      server(
        {.port = 0, .io_threads = io_threads, .max_clients = max_clients}) {
    server.start(client);
  }

  ~server_fixture() {
    server.close();
    server.wait(deadline);
    app.reset();
  }

  line_client connect() const {
    return line_client{server.port()};
  }

  server::line_server server;
};

} // namespace kv::test
