// The tree that `kv serve` runs, and its end from the inside.

#include "actors/examples/counter.hpp"

#include "tests/app/serve_fixture.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using namespace kv;
using namespace kv::app::test;

TEST_CASE("serve starts actor types by name", "[serve]") {
  SECTION("in the program") {
    program kv{{"--with", "counter"}};
    CHECK(kv.connect().ask("CREATE b") == "OK");
    kv.kv.signal(SIGTERM);
    CHECK(kv.kv.wait() == 0);
  }
  SECTION("and they are there") {
    served kv{{"counter"}};
    auto found = false;
    kv.with_actor<examples::counter_actor>("counter",
                                           [&](auto&) { found = true; });
    CHECK(found);
    kv.stop();
    CHECK(kv.wait() == 0);
    CHECK(kv.err().empty());
  }
}

TEST_CASE("an actor type runs under the supervisor, by its name", "[serve]") {
  REQUIRE_FALSE(app::actor_type_names().empty());
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  tree_options options;
  for (const auto& name : app::actor_type_names())
    options.children.push_back(app::actor_type_spec(name));
  application app{sys, options};
  caf::scoped_actor self{sys};
  auto counter = otp::whereis<examples::counter_actor>(app.actors(), "counter");
  REQUIRE(counter);
  auto ask = [&](const examples::counter_actor& hdl, int64_t x) {
    int64_t result = -1;
    self->request(hdl, kv::app::test::deadline, atom::put_v, x)
      .receive([&](int64_t y) { result = y; },
               [](const caf::error& err) { FAIL(describe(err)); });
    return result;
  };
  CHECK(ask(counter, 2) == 2);
  CHECK(ask(counter, 3) == 5);
  self->monitor(counter);
  self->send_exit(counter, caf::exit_reason::kill);
  self->receive([](const caf::down_msg&) {});
  auto latest = std::chrono::steady_clock::now() + kv::app::test::deadline;
  examples::counter_actor next;
  while (!next || next == counter) {
    REQUIRE(std::chrono::steady_clock::now() < latest);
    next = otp::whereis<examples::counter_actor>(app.actors(), "counter");
  }
  CHECK(ask(next, 1) == 1);
}

TEST_CASE(
  "when the registry dies for the fourth time, serve returns 5 and says "
  "why",
  "[serve]") {
  served kv{{"counter"}};
  caf::actor_id last = 0;
  while (kv.runs())
    kv.with_actor<registry_actor>(registry_state::name, [&](auto& registry) {
      if (std::exchange(last, registry.id()) != registry.id())
        caf::anon_send_exit(registry, caf::exit_reason::kill);
    });
  CHECK(kv.wait() == 5);
  CHECK(kv.err().starts_with("kv: the supervision tree ended: max_restarts"));
  CHECK(kv.err().find("kv.registry") != std::string::npos);
  CHECK(kv.err().find('\n') == kv.err().size() - 1);
}
