#include "actors/examples/bucket_census.hpp"

#include "actors/otp/state_actor.hpp"

#include "tests/support/app_fixture.hpp"

using namespace kv;
using namespace kv::examples;

namespace {

struct fixture : test::app_fixture {
  fixture()
    : app_fixture(
      {.children = {{"census", otp::starts<bucket_census_state>()}}}) {
    // nop
  }

  int64_t living() {
    auto hdl = otp::whereis<bucket_census_actor>(app->actors(), "census");
    REQUIRE(hdl);
    return call<int64_t>(hdl, atom::get_v);
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a census counts buckets that live", "[examples]") {
  CHECK(living() == 0);
  auto milk = create("milk");
  create("eggs");
  create("eggs"); // is there
  CHECK(living() == 2);
  kill(milk);
  CHECK(living() == 1);
}

TEST_CASE_METHOD(fixture, "a census counts on with another registry",
                 "[examples]") {
  create("milk");
  restart_registry();
  create("eggs");
  CHECK(living() == 2);
}

TEST_CASE_METHOD(fixture, "a census counts on with another event manager",
                 "[examples]") {
  create("milk");
  kill(manager());
  create("eggs");
  CHECK(living() == 2);
}
