// The test kit on real threads.

#include "actors/examples/counter.hpp"

#include "tests/support/threaded_fixture.hpp"

using namespace kv;
using namespace kv::examples;

using fixture = test::threaded_fixture;

TEST_CASE_METHOD(fixture, "a test on threads gets messages", "[testkit]") {
  self->send(self, int32_t{1});
  self->send(self, std::string{"two"});
  CHECK(await_message<std::string>() == "two");
  CHECK(await_message<int32_t>() == 1);
}

TEST_CASE_METHOD(fixture, "what is supervised comes back on threads",
                 "[testkit]") {
  auto first = start_supervised<counter_state>("counter");
  CHECK(call<int64_t>(first, atom::put_v, int64_t{2}) == 2);
  crash(first);
  expect_down(first, ec::crashed);
  auto second = restarted("counter", first);
  CHECK(call<int64_t>(second, atom::get_v) == 0);
  kill(second);
  expect_down(second, caf::exit_reason::kill);
  CHECK(restarted("counter", second) != second);
}
