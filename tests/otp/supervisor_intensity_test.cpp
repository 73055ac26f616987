// How often a supervisor restarts.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using test::end_watch;
using test::otp_fixture;
using test::strings;

TEST_CASE_METHOD(otp_fixture, "three restarts are fine, the fourth ends the "
                              "supervisor and all children in reverse order") {
  start({spec("a"), spec("b"), spec("c")});
  end_watch end{root};
  for (auto i = 0; i < 3; ++i)
    tell("b", "throw");
  CHECK_FALSE(end.ended());
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "-c", "-a"});
  CHECK(end.reason() == ec::max_restarts);
  CHECK(describe(end.reason()) == "max_restarts(\"b\")");
  CHECK(names.size() == 0);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "restarts of all children count together") {
  start({spec("a"), spec("b")});
  end_watch end{root};
  tell("a", "throw");
  tell("b", "throw");
  tell("a", "throw");
  CHECK_FALSE(end.ended());
  tell("b", "throw");
  CHECK(end.reason() == ec::max_restarts);
}

TEST_CASE_METHOD(otp_fixture, "restarts further apart go on for ever") {
  start({spec("a")}, {.intensity = 1, .period = 5s});
  for (auto i = 0; i < 20; ++i) {
    tell("a", "throw");
    REQUIRE(whereis("a"));
    advance(5s + 1ns);
  }
  tell("a", "throw");
  advance(5s);
  end_watch end{root};
  tell("a", "throw");
  CHECK(end.reason() == ec::max_restarts);
}

TEST_CASE_METHOD(otp_fixture,
                 "a start that fails is tried again at once and each "
                 "attempt counts") {
  start({spec("a"), spec("b")});
  end_watch end{root};
  trace();
  world->failing["b"] = 100;
  tell("b", "throw");
  // Four starts in all, the first one included.
  CHECK(trace() == strings{"-b", "!b", "!b", "!b", "-a"});
  CHECK(end.reason() == ec::max_restarts);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a start that succeeds in the end is enough") {
  start({spec("a")});
  world->failing["a"] = 2;
  tell("a", "throw");
  CHECK(whereis("a"));
  CHECK(children().front().restarts == 3);
}

TEST_CASE_METHOD(otp_fixture, "the supervisor answers between two attempts") {
  start({spec("a"), spec("b")}, {.intensity = 1'000'000});
  world->failing["b"] = 1'000'000;
  caf::anon_send(whereis("b"), std::string{"throw"});
  while (whereis("b"))
    REQUIRE(step());
  auto response = self->request(root, caf::infinite, atom::which_children_v);
  for (auto i = 0; self->mailbox().empty(); ++i) {
    REQUIRE(i < 100);
    REQUIRE(step());
  }
  response.receive(
    [](const std::vector<otp::child_info>& xs) {
      REQUIRE(xs.size() == 2);
      CHECK(xs.front().id == "b");
      CHECK(xs.front().ptr == nullptr);
      CHECK(xs.back().ptr != nullptr);
    },
    [](const caf::error& err) { FAIL(describe(err)); });
  CHECK(world->failing["b"] > 0);
  world->failing["b"] = 0;
  run();
  CHECK(whereis("b"));
}

TEST_CASE_METHOD(otp_fixture, "a shutdown between two attempts ends them") {
  start({spec("a"), spec("b")}, {.intensity = 1'000'000});
  world->failing["b"] = 1'000'000;
  caf::anon_send(whereis("b"), std::string{"throw"});
  while (whereis("b"))
    REQUIRE(step());
  end_watch end{root};
  stop();
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
  CHECK(world->failing["b"] > 999'000);
  CHECK(running() == 0);
}
