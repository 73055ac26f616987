// Who waits for a child.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using otp::restart;
using test::otp_fixture;

TEST_CASE_METHOD(otp_fixture, "await returns the child that runs") {
  start({spec("a")});
  CHECK(caf::actor_cast<caf::actor>(
          call<caf::strong_actor_ptr>(root, atom::await_v, std::string{"a"}))
        == whereis("a"));
}

TEST_CASE_METHOD(otp_fixture, "await of an unknown id fails") {
  start({spec("a"), spec("t", restart::temporary)});
  auto await = [this](std::string id) {
    return try_call<caf::strong_actor_ptr>(root, atom::await_v, std::move(id));
  };
  CHECK(await("b").error() == ec::no_such_child);
  tell("t", "quit");
  CHECK(await("t").error() == ec::no_such_child);
}

TEST_CASE_METHOD(otp_fixture, "await of a child that is not restarted fails") {
  start({spec("a", restart::transient)});
  tell("a", "quit");
  auto result = try_call<caf::strong_actor_ptr>(root, atom::await_v,
                                                std::string{"a"});
  CHECK(result.error() == ec::no_such_child);
}

TEST_CASE_METHOD(otp_fixture, "await waits for a restart") {
  start({spec("a")}, {.intensity = 1'000'000});
  world->failing["a"] = 1'000'000;
  caf::anon_send(whereis("a"), std::string{"throw"});
  while (whereis("a"))
    REQUIRE(step());
  caf::actor found;
  caf::anon_send(root, atom::await_v, std::string{"a"},
                 completion<caf::strong_actor_ptr>::make(
                   [&](caf::expected<caf::strong_actor_ptr> x) {
                     REQUIRE(x);
                     found = caf::actor_cast<caf::actor>(*x);
                   }));
  auto response = self->request(root, caf::infinite, atom::await_v,
                                std::string{"a"});
  for (auto i = 0; i < 20; ++i)
    step();
  CHECK_FALSE(found);
  CHECK(self->mailbox().empty());
  world->failing["a"] = 0;
  run();
  CHECK(found);
  CHECK(found == whereis("a"));
  response.receive(
    [&](const caf::strong_actor_ptr& x) {
      CHECK(caf::actor_cast<caf::actor>(x) == found);
    },
    [](const caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(otp_fixture, "who awaits a child hears of the shutdown") {
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    start({spec("a")}, {.intensity = 1'000'000});
    world->failing["a"] = 1'000'000;
    caf::anon_send(whereis("a"), std::string{"throw"});
    while (whereis("a"))
      REQUIRE(step());
    caf::error heard;
    caf::anon_send(root, atom::await_v, std::string{"a"},
                   completion<caf::strong_actor_ptr>::make(
                     [&](const caf::expected<caf::strong_actor_ptr>& x) {
                       heard = x.error();
                     }));
    auto response = self->request(root, caf::infinite, atom::await_v,
                                  std::string{"a"});
    for (auto i = 0; i < 20; ++i)
      step();
    kill(root, reason);
    CHECK(heard == ec::shutting_down);
    response.receive([](const caf::strong_actor_ptr&) { FAIL("no child"); },
                     [](const caf::error& err) {
                       CHECK(err == ec::shutting_down);
                     });
    world->failing["a"] = 0;
  }
}
