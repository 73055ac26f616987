// An actor type of somebody else's, under a supervisor, and its test.

#include "actors/otp/supervisor.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <string>

namespace {

class greeter_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "consumer.greeter";

  explicit greeter_state(caf::event_based_actor*) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[](const std::string& who) { return "hello, " + who; }};
  }
};

} // namespace

TEST_CASE_METHOD(kv::test::actor_fixture, "a greeter is restarted") {
  using namespace kv;
  ets::owner<otp::names_table> names;
  auto root = otp::start_root(sys, names.writer(), [](caf::local_actor*) {
    return otp::supervisor_init{{},
                                {},
                                {{"greeter", otp::starts<greeter_state>()}}};
  });
  REQUIRE(root);
  run();
  auto first = otp::whereis<caf::actor>(names.reader(), "greeter");
  REQUIRE(first);
  kill(first);
  auto second = otp::whereis<caf::actor>(names.reader(), "greeter");
  CHECK(second != first);
  CHECK(call<std::string>(second, "world") == "hello, world");
  first = nullptr;
  second = nullptr;
  kill(*root, caf::exit_reason::user_shutdown);
  shutdown();
}
