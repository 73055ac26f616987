#include "actors/examples/worker_pool.hpp"

#include "tests/support/deterministic_fixture.hpp"
#include "tests/support/explore.hpp"

#include <stdexcept>

using namespace kv;
using namespace kv::examples;

using fixture = test::deterministic_fixture;

namespace {

std::string work(const std::string& what) {
  if (what == "bad")
    throw std::runtime_error("cannot do that");
  return reversed(what);
}

} // namespace

TEST_CASE_METHOD(fixture, "a pool does jobs", "[examples]") {
  auto pool = start_supervised<worker_pool_state>("pool", job_function{work});
  CHECK(call<std::string>(pool, atom::put_v, std::string{"abc"}) == "cba");
  CHECK(call<std::string>(pool, atom::put_v, std::string{"xy"}) == "yx");
}

TEST_CASE_METHOD(fixture, "a worker that crashes takes its job along",
                 "[examples]") {
  auto pool = start_supervised<worker_pool_state>("pool", job_function{work});
  auto bad = try_call<std::string>(pool, atom::put_v, std::string{"bad"});
  REQUIRE_FALSE(bad);
  CHECK(bad.error() == ec::crashed);
  CHECK(call<std::string>(pool, atom::put_v, std::string{"abc"}) == "cba");
}

TEST_CASE_METHOD(fixture, "a pool has so many workers and no more",
                 "[examples]") {
  auto pool = start_supervised<worker_pool_state>("pool", job_function{work},
                                                  size_t{1});
  auto first = self->request(pool, caf::infinite, atom::put_v,
                             std::string{"abc"});
  auto second = self->request(pool, caf::infinite, atom::put_v,
                              std::string{"def"});
  run();
  first.receive([](const std::string& x) { CHECK(x == "cba"); },
                [](const caf::error& err) { FAIL(describe(err)); });
  second.receive([](const std::string&) { FAIL("two workers"); },
                 [](const caf::error& err) { CHECK(err == ec::max_children); });
}

TEST_CASE("a pool answers every job in any order of messages", "[examples]") {
  test::explore(100, [](test::message_order& order) {
    fixture world;
    auto pool = world.start_supervised<worker_pool_state>("pool",
                                                          job_function{work});
    int answers = 0;
    for (std::string what : {"abc", "bad", "de"})
      world.sys.spawn([&answers, pool, what](caf::event_based_actor* me) {
        me->request(pool, caf::infinite, atom::put_v, what)
          .then(
            [&answers, what](const std::string& x) {
              CHECK(x == reversed(what));
              ++answers;
            },
            [&answers, what](const caf::error&) {
              CHECK(what == "bad");
              ++answers;
            });
      });
    order.run(world);
    CHECK(answers == 3);
  });
}
