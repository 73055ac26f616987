// Strategies that concern more than one child, and significant children.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::auto_shutdown;
using otp::restart;
using otp::strategy;
using test::end_watch;
using test::otp_fixture;
using test::strings;

namespace {

constexpr otp::supervisor_flags all{.strategy = strategy::one_for_all};
constexpr otp::supervisor_flags rest{.strategy = strategy::rest_for_one};

otp::child_spec significant(otp::child_spec x) {
  x.significant = true;
  return x;
}

} // namespace

TEST_CASE_METHOD(otp_fixture, "one_for_all stops the others in reverse order "
                              "and starts all") {
  start({spec("a"), spec("b"), spec("c")}, all);
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "-c", "-a", "+a", "+b", "+c"});
  for (auto& x : children())
    CHECK(x.restarts == 1);
  CHECK(ids() == strings{"c", "b", "a"});
}

TEST_CASE_METHOD(otp_fixture, "rest_for_one concerns those started later") {
  start({spec("a"), spec("b"), spec("c")}, rest);
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "-c", "+b", "+c"});
  tell("c", "throw");
  CHECK(trace() == strings{"-c", "+c"});
  tell("a", "throw");
  CHECK(trace() == strings{"-a", "-c", "-b", "+a", "+b", "+c"});
}

TEST_CASE_METHOD(otp_fixture, "a group's restart counts once") {
  start({spec("a"), spec("b"), spec("c")}, all);
  end_watch end{root};
  for (auto i = 0; i < 3; ++i)
    tell("a", "throw");
  CHECK_FALSE(end.ended());
  tell("a", "throw");
  CHECK(end.reason() == ec::max_restarts);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "temporary children that a group's restart stops "
                              "are forgotten, stopped ones start again") {
  start({spec("a"), spec("b", restart::temporary),
         spec("c", restart::transient)},
        all);
  tell("c", "quit");
  CHECK(ids() == strings{"c", "b", "a"});
  trace();
  tell("a", "throw");
  CHECK(trace() == strings{"-a", "-b", "+a", "+c"});
  CHECK(ids() == strings{"c", "a"});
}

TEST_CASE_METHOD(otp_fixture, "a group is stopped one at a time, each within "
                              "its deadline") {
  world->stubborn = {"b", "c"};
  start({spec("a"), spec("b", {}, otp::shutdown{2s}),
         spec("c", {}, otp::shutdown{3s}), spec("d")},
        all);
  trace();
  tell("d", "throw");
  CHECK(trace() == strings{"-d"});
  advance(3s - 1ns);
  CHECK(trace().empty());
  // What only asks is answered meanwhile.
  CHECK(ids() == strings{"d", "c", "b", "a"});
  CHECK(counts().active == 3);
  advance(1ns);
  CHECK(trace() == strings{"-c"});
  advance(2s);
  CHECK(trace() == strings{"-b", "-a", "+a", "+b", "+c", "+d"});
}

TEST_CASE_METHOD(otp_fixture, "an end while a group is being stopped waits for "
                              "its turn") {
  world->stubborn = {"c"};
  start({spec("a"), spec("b"), spec("c", {}, otp::shutdown{2s})}, rest);
  trace();
  SECTION("of one that was to be stopped") {
    tell("a", "throw");
    tell("b", "throw");
    CHECK(trace() == strings{"-a", "-b"});
    advance(2s);
    CHECK(trace() == strings{"-c", "+a", "+b", "+c"});
  }
  SECTION("of one that is not concerned") {
    tell("b", "throw");
    tell("a", "throw");
    CHECK(trace() == strings{"-b", "-a"});
    advance(2s); // b and c are back before anything is done about a
    CHECK(trace() == strings{"-c", "+b", "+c"});
    advance(2s);
    CHECK(trace() == strings{"-c", "-b", "+a", "+b", "+c"});
  }
}

TEST_CASE_METHOD(otp_fixture, "a start that fails in a group is tried again "
                              "with those it concerns") {
  SECTION("one_for_all") {
    start({spec("a"), spec("b"), spec("c")}, all);
    trace();
    world->failing["b"] = 1;
    tell("c", "throw");
    CHECK(trace()
          == strings{"-c", "-b", "-a", "+a", "!b", "-a", "+a", "+b", "+c"});
  }
  SECTION("rest_for_one") {
    start({spec("a"), spec("b"), spec("c")}, rest);
    trace();
    world->failing["b"] = 1;
    tell("a", "throw");
    CHECK(trace() == strings{"-a", "-c", "-b", "+a", "!b", "+b", "+c"});
  }
}

TEST_CASE_METHOD(otp_fixture, "who awaits a child of a group gets it when the "
                              "group runs again") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b", {}, otp::shutdown{2s})}, all);
  tell("a", "throw");
  auto response = self->request(root, caf::infinite, atom::await_v,
                                std::string{"a"});
  run();
  CHECK(self->mailbox().empty());
  advance(2s);
  response.receive(
    [&](const caf::strong_actor_ptr& x) {
      CHECK(caf::actor_cast<caf::actor>(x) == whereis("a"));
    },
    [](const caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(otp_fixture,
                 "a shutdown interrupts a group's restart and asks "
                 "nobody twice") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b", {}, otp::shutdown{2s}), spec("c")}, rest);
  trace();
  tell("a", "throw");
  CHECK(trace() == strings{"-a", "-c"});
  end_watch end{root};
  stop();
  CHECK_FALSE(end.ended());
  advance(2s);
  CHECK(trace() == strings{"-b"});
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
  CHECK(running() == 0);
}

// -- significant children -----------------------------------------------------

TEST_CASE_METHOD(otp_fixture, "the first significant child that ends ends the "
                              "supervisor") {
  start({spec("a"), significant(spec("b", restart::transient)),
         significant(spec("c", restart::temporary))},
        {.auto_shutdown = auto_shutdown::any_significant});
  end_watch end{root};
  trace();
  SECTION("a transient one in order") {
    tell("b", "throw");
    CHECK_FALSE(end.ended());
    CHECK(trace() == strings{"-b", "+b"});
    tell("b", "quit");
    CHECK(trace() == strings{"-b", "-c", "-a"});
  }
  SECTION("a temporary one in any way") {
    tell("c", "throw");
    CHECK(trace() == strings{"-c", "-b", "-a"});
  }
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(otp_fixture, "the last significant child that ends ends the "
                              "supervisor") {
  start({spec("a"), significant(spec("b", restart::transient)),
         significant(spec("c", restart::transient))},
        {.auto_shutdown = auto_shutdown::all_significant});
  end_watch end{root};
  tell("b", "quit");
  CHECK_FALSE(end.ended());
  SECTION("by itself") {
    tell("c", "quit");
    CHECK(end.reason() == caf::exit_reason::user_shutdown);
  }
  SECTION("but not on request") {
    CHECK(ask<caf::ok_atom>(atom::terminate_child_v, "c"));
    CHECK_FALSE(end.ended());
    CHECK(ids().size() == 3);
  }
}

TEST_CASE_METHOD(otp_fixture, "significant children that make no sense are "
                              "refused") {
  CHECK_FALSE(try_start({significant(spec("a", restart::transient))}));
  CHECK_FALSE(try_start({significant(spec("a"))},
                        {.auto_shutdown = auto_shutdown::any_significant}));
  run();
  CHECK(trace().empty());
  start({});
  CHECK(try_call<otp::child>(root, atom::start_child_v,
                             significant(spec("a", restart::transient)))
          .error()
        == ec::badarg);
}
