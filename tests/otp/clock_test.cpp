// A clock that jumps.

#include "tests/otp/otp_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using test::otp_fixture;
using test::strings;

TEST_CASE_METHOD(otp_fixture,
                 "a day that passes at once restarts a child once") {
  auto waiting = spec("a");
  waiting.backoff.min = 10s;
  waiting.backoff.max = 10s;
  start({waiting, spec("b")});
  tell("a", "throw");
  trace();
  advance(24h);
  CHECK(trace() == strings{"+a"});
  advance(24h);
  CHECK(trace().empty());
}

TEST_CASE_METHOD(otp_fixture, "restarts before a jump do not count after it") {
  start({spec("a")});
  for (auto i = 0; i < 3; ++i)
    tell("a", "throw");
  advance(24h);
  for (auto i = 0; i < 3; ++i)
    tell("a", "throw");
  CHECK(whereis("a"));
  CHECK(counts().active == 1);
}

TEST_CASE_METHOD(otp_fixture, "a jump during a shutdown kills who was asked, "
                              "and asks the next one") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b", otp::restart::permanent, {5s})});
  test::end_watch end{root};
  trace();
  stop();
  CHECK_FALSE(end.ended());
  advance(24h);
  CHECK(end.ended());
  CHECK(trace() == strings{"-b", "-a"});
}
