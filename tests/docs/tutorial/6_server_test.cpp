// Step 6: the application is all of that; a server brings it to the network.

#include "actors/kv/application.hpp"
#include "actors/server/line_session.hpp"
#include "actors/server/tcp_server.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/line_client.hpp"

#include <chrono>
#include <memory>

namespace {

TEST_CASE("tutorial: clients use buckets over TCP", "[tutorial]") {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  // Ends after the application, whose answers go through it.
  kv::server::tcp_server server{{.io_threads = 1}};
  kv::application app{sys};
  auto service = std::make_shared<kv::server::line_service>();
  auto port = server.listen({}, [service, client = app.client()](auto where) {
    return std::make_shared<kv::server::line_session>(client, service,
                                                      std::move(where));
  });
  server.start();
  kv::test::line_client peer{port};
  CHECK(peer.ask("CREATE shopping") == "OK");
  CHECK(peer.ask("PUT shopping milk 3") == "OK");
  CHECK(app.client().lookup("shopping")->get("milk") == "3");
  server.close();
  CHECK(server.wait(std::chrono::seconds{20}));
}

} // namespace
