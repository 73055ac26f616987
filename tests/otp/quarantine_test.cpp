// Backoff and quarantine of a supervisor's children.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::child_status;
using test::end_watch;
using test::otp_fixture;
using test::strings;

namespace {

class fixture : public otp_fixture {
public:
  otp::child_spec patient(const std::string& id) const {
    auto result = spec(id);
    result.backoff = {.min = 1s, .max = 4s, .factor = 2, .stable = 1min};
    return result;
  }

  otp::child_spec quarantined(const std::string& id) const {
    auto result = spec(id);
    result.quarantine = true;
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a child with backoff is restarted after its wait") {
  start({patient("a")}, {.intensity = 100});
  for (auto wait : {1s, 2s, 4s, 4s}) {
    trace();
    tell("a", "throw");
    CHECK(trace() == strings{"-a"});
    CHECK(children()[0].status == child_status::restarting);
    CHECK(children()[0].retry_in == wait);
    advance(wait - 1ns);
    CHECK(trace().empty());
    advance(1ns);
    CHECK(trace() == strings{"+a"});
  }
  advance(59s);
  CHECK(children()[0].uptime == 59s);
  advance(1s); // now it is stable
  tell("a", "throw");
  CHECK(children()[0].retry_in == 1s);
}

TEST_CASE_METHOD(fixture, "a start that fails waits longer each time") {
  start({patient("a"), spec("b")}, {.intensity = 100});
  world->failing["a"] = 2;
  trace();
  tell("a", "throw");
  advance(1s);
  CHECK(trace() == strings{"-a", "!a"});
  advance(2s);
  CHECK(trace() == strings{"!a"});
  advance(4s);
  CHECK(trace() == strings{"+a"});
}

TEST_CASE_METHOD(fixture, "a wait counts when it is over") {
  start({patient("a")}, {.intensity = 1, .period = 1s});
  for (auto i = 0; i < 5; ++i) {
    tell("a", "throw");
    advance(4s);
    REQUIRE(whereis("a"));
  }
}

TEST_CASE_METHOD(fixture, "who waits may be stopped and started meanwhile") {
  start({patient("a")});
  tell("a", "throw");
  CHECK(ask<otp::child>(atom::restart_child_v, "a").error() == ec::restarting);
  CHECK(ask<caf::ok_atom>(atom::terminate_child_v, "a"));
  advance(1min);
  CHECK_FALSE(whereis("a"));
  CHECK(ask<otp::child>(atom::restart_child_v, "a"));
  CHECK(whereis("a"));
  end_watch end{root};
  tell("a", "throw");
  stop();
  CHECK(end.ended()); // without waiting for the wait
}

TEST_CASE_METHOD(fixture,
                 "a child that crashes too often is quarantined alone") {
  start({quarantined("a"), spec("b")});
  end_watch end{root};
  for (auto i = 0; i < 4; ++i)
    tell("a", "throw");
  CHECK_FALSE(end.ended());
  CHECK_FALSE(whereis("a"));
  CHECK(children().back().status == child_status::quarantined);
  CHECK(children().back().restarts == 3);
  CHECK(ask<caf::strong_actor_ptr>(atom::await_v, "a").error()
        == ec::quarantined);
  // Its restarts are none of the others' business.
  for (auto i = 0; i < 3; ++i)
    tell("b", "throw");
  CHECK_FALSE(end.ended());
  // It is lifted by hand, and begins anew.
  CHECK(ask<otp::child>(atom::restart_child_v, "a"));
  for (auto i = 0; i < 3; ++i)
    tell("a", "throw");
  CHECK(whereis("a"));
  tell("a", "throw");
  CHECK_FALSE(whereis("a"));
  CHECK(ask<caf::ok_atom>(atom::delete_child_v, "a"));
  CHECK(ids() == strings{"b"});
}

TEST_CASE_METHOD(fixture, "who awaits a child hears of its quarantine") {
  start({quarantined("a")});
  world->failing["a"] = 100;
  auto response = self->request(root, caf::infinite, atom::await_v,
                                std::string{"a"});
  tell("a", "throw");
  response.receive([](const caf::strong_actor_ptr&) {},
                   [](const caf::error& err) { FAIL(describe(err)); });
  CHECK(ask<caf::strong_actor_ptr>(atom::await_v, "a").error()
        == ec::quarantined);
}

TEST_CASE_METHOD(fixture, "a group's restart leaves the quarantined alone") {
  start({quarantined("a"), spec("b")},
        {.strategy = otp::strategy::one_for_all, .intensity = 1});
  tell("a", "throw");
  tell("a", "throw");
  CHECK(children().back().status == child_status::quarantined);
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "+b"});
  CHECK(children().back().status == child_status::quarantined);
}

TEST_CASE_METHOD(fixture, "a quarantined child's id is taken") {
  start({quarantined("a")});
  for (auto i = 0; i < 4; ++i)
    tell("a", "throw");
  auto answer = try_call<otp::child>(root, atom::start_child_v, spec("a"));
  CHECK(answer.error() == ec::already_present); // as any that does not run
  CHECK(children()[0].status == child_status::quarantined);
}
