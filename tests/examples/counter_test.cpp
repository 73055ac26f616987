#include "actors/examples/counter.hpp"

#include "actors/otp/state_actor.hpp"

#include "tests/support/deterministic_fixture.hpp"
#include "tests/support/patience.hpp"

using namespace kv;

TEST_CASE_METHOD(test::deterministic_fixture, "a counter adds up",
                 "[examples]") {
  auto counter = sys.spawn<otp::state_actor<examples::counter_state>>();
  CHECK(call<int64_t>(counter, atom::put_v, int64_t{2}) == 2);
  CHECK(call<int64_t>(counter, atom::put_v, int64_t{3}) == 5);
  CHECK(call<int64_t>(counter, atom::get_v) == 5);
}

TEST_CASE("a counter can be spawned by name", "[examples]") {
  caf::actor_system_config cfg;
  cfg.add_actor_type<otp::state_actor<examples::counter_state>>("counter");
  caf::actor_system sys{cfg};
  auto counter = sys.spawn<examples::counter_actor>("counter",
                                                    caf::make_message());
  REQUIRE(counter);
  caf::scoped_actor self{sys};
  self->request(*counter, test::patience, atom::put_v, int64_t{4})
    .receive([](int64_t x) { CHECK(x == 4); },
             [&](const caf::error& err) { FAIL(sys.render(err)); });
  self->send_exit(*counter, caf::exit_reason::user_shutdown);
}
