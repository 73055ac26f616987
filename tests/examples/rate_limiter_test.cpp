#include "actors/examples/rate_limiter.hpp"

#include "tests/support/deterministic_fixture.hpp"

using namespace kv;
using namespace kv::examples;
using namespace std::chrono_literals;

TEST_CASE_METHOD(test::deterministic_fixture,
                 "a limiter gives tokens at a steady rate", "[examples]") {
  auto limiter = start_supervised<rate_limiter_state>("limiter", rate{2, 3});
  auto taken = [&](const std::string& client, int tries) {
    int result = 0;
    for (int i = 0; i < tries; ++i)
      result += call<bool>(limiter, atom::get_v, client) ? 1 : 0;
    return result;
  };
  CHECK(taken("ann", 5) == 3); // what was saved
  CHECK(taken("bob", 5) == 3); // each has an account
  advance(500ms);
  CHECK(taken("ann", 5) == 1);
  advance(1h);
  CHECK(taken("ann", 5) == 3);
}
