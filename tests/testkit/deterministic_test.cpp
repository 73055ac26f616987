// The test kit on the deterministic scheduler; also its documentation.

#include "actors/examples/counter.hpp"

#include "tests/support/deterministic_fixture.hpp"
#include "tests/support/process.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

using namespace kv;
using namespace kv::examples;

using fixture = test::deterministic_fixture;

TEST_CASE_METHOD(fixture, "a test gets messages, others wait", "[testkit]") {
  self->send(self, int32_t{1});
  self->send(self, std::string{"two"});
  CHECK(await_message<std::string>() == "two");
  CHECK(await_message<int32_t>() == 1);
}

TEST_CASE_METHOD(fixture, "time passes only when moved", "[testkit]") {
  auto clock = sys.spawn([to = self.ptr()](caf::event_based_actor* me) {
    me->delayed_send(caf::actor_cast<caf::actor>(to), std::chrono::hours{1},
                     std::string{"noon"});
    return caf::behavior{[](int) {}};
  });
  run();
  CHECK(self->mailbox().empty());
  advance(std::chrono::minutes{59});
  CHECK(self->mailbox().empty());
  advance(std::chrono::minutes{1});
  CHECK(await_message<std::string>() == "noon");
}

TEST_CASE_METHOD(fixture, "steps are single messages", "[testkit]") {
  auto counter = sys.spawn<otp::state_actor<counter_state>>();
  run();
  self->send(counter, atom::put_v, int64_t{1});
  self->send(counter, atom::put_v, int64_t{1});
  CHECK(step(counter));
  CHECK(step());
  CHECK_FALSE(step());
}

TEST_CASE_METHOD(fixture, "a test hears how an actor ended", "[testkit]") {
  auto start = [&] { return sys.spawn<otp::state_actor<counter_state>>(); };
  auto killed = start();
  kill(killed);
  expect_down(killed, caf::exit_reason::kill);
  auto crashed = start();
  crash(crashed, "why not");
  CHECK(describe(await_down(crashed)).find("why not") != std::string::npos);
  expect_down(crashed, ec::crashed); // its end is still known
}

TEST_CASE_METHOD(fixture, "what is supervised comes back", "[testkit]") {
  auto first = start_supervised<counter_state>("counter");
  CHECK(call<int64_t>(first, atom::put_v, int64_t{2}) == 2);
  crash(first);
  expect_down(first, ec::crashed);
  auto second = restarted("counter", first);
  CHECK(call<int64_t>(second, atom::get_v) == 0);
  CHECK(otp::whereis<counter_actor>(actors(), "counter") == second);
}

// -- what must fail; the test below runs these
// ---------------------------------

TEST_CASE_METHOD(fixture, "planted: no message", "[.planted]") {
  self->send(self, int32_t{1});
  await_message<std::string>();
}

TEST_CASE_METHOD(fixture, "planted: another reason", "[.planted]") {
  auto counter = sys.spawn<otp::state_actor<counter_state>>();
  crash(counter);
  expect_down(counter, caf::exit_reason::kill);
}

TEST_CASE_METHOD(fixture, "planted: no end", "[.planted]") {
  auto counter = start_supervised<counter_state>("counter");
  expect_down(counter, ec::crashed);
}

TEST_CASE("what does not happen fails a test", "[testkit]") {
  for (std::string name : {"no message", "another reason", "no end"}) {
    INFO(name);
    test::process planted{{"/proc/self/exe", "planted: " + name}};
    auto out = planted.out();
    CHECK(planted.wait() > 0); // 1, or 42 of Catch2 v3
    CHECK(out.find("1 failed") != std::string::npos);
  }
}
