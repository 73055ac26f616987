// Orders of messages, by seed.

#include "tests/support/explore.hpp"

#include "actors/examples/counter.hpp"

#include "tests/support/process.hpp"
#include "tests/support/seed.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <string>
#include <vector>

using namespace kv;

namespace {

/// Two actors that write to a third; returns what that one heard.
std::string race(test::message_order& order) {
  test::actor_fixture world;
  auto heard = std::make_shared<std::string>();
  auto listener = world.sys.spawn([heard] {
    return caf::behavior{[heard](const std::string& x) { *heard += x; }};
  });
  for (std::string word : {"a", "b"})
    caf::anon_send(world.sys.spawn([=](caf::event_based_actor* me) {
      return caf::behavior{[=](int) {
        me->send(listener, word + '1');
        me->send(listener, word + '2');
      }};
    }),
                   1);
  order.run(world);
  return *heard;
}

} // namespace

TEST_CASE("every order keeps what one actor sends in order", "[testkit]") {
  test::explore(50, [](test::message_order& order) {
    auto heard = race(order);
    CHECK(heard.size() == 8);
    CHECK(heard.find("a1") < heard.find("a2"));
    CHECK(heard.find("b1") < heard.find("b2"));
  });
}

TEST_CASE("a failing order is found, and its seed repeats it", "[testkit]") {
  auto begin = test::test_seed();
  auto a_is_first = [](test::message_order& order) {
    return race(order).starts_with("a1");
  };
  auto seed = test::find_order(begin, 200, a_is_first);
  REQUIRE(seed);
  test::message_order once{*seed};
  test::message_order again{*seed};
  auto heard = race(once);
  CHECK(heard.starts_with("b1"));
  CHECK(race(again) == heard);
}

// Fails in every other order; the test below runs it.
TEST_CASE("a planted race", "[.planted]") {
  test::explore(200, [](test::message_order& order) {
    REQUIRE(race(order).starts_with("a1"));
  });
}

TEST_CASE("what fails says the seed that repeats it", "[testkit]") {
  auto run = [](const std::vector<std::string>& environment) {
    test::process planted{{"/proc/self/exe", "a planted race"},
                          std::string{},
                          environment};
    auto out = planted.out();
    CHECK(planted.wait() > 0); // 1, or 42 of Catch2 v3
    return out;
  };
  auto out = run({});
  auto at = out.find("SEED=");
  REQUIRE(at != std::string::npos);
  auto seed = out.substr(at, out.find_first_not_of("0123456789", at + 5) - at);
  auto again = run({seed});
  CHECK(again.find(seed) != std::string::npos);
  CHECK(again.find("assertions: 1 | 1 failed") != std::string::npos);
}
