// The chapter's tests, word for word, on the deterministic scheduler and again
// on real threads.

#include "tests/support/app_fixture.hpp"
#include "tests/support/live_fixture.hpp"

using namespace kv;
using test::app_fixture;
using test::live_fixture;

TEMPLATE_TEST_CASE("sends events on create and crash", "[guide]", app_fixture,
                   live_fixture) {
  TestType fixture;
  fixture.create("shopping");
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  CHECK(fixture.await_event(event_kind::create, *bucket));
  fixture.stop(*bucket);
  CHECK(fixture.await_event(event_kind::exit, *bucket));
}

TEMPLATE_TEST_CASE("spawns buckets", "[guide]", app_fixture, live_fixture) {
  TestType fixture;
  CHECK(fixture.lookup("shopping") == std::nullopt);
  fixture.create("shopping");
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  fixture.put(*bucket, "milk", "1");
  CHECK(fixture.get(*bucket, "milk") == "1");
}

TEMPLATE_TEST_CASE("removes buckets on exit", "[guide]", app_fixture,
                   live_fixture) {
  TestType fixture;
  fixture.create("shopping");
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  fixture.stop(*bucket);
  REQUIRE(fixture.await_event(event_kind::exit, *bucket));
  CHECK(fixture.lookup("shopping") == std::nullopt);
}

TEMPLATE_TEST_CASE("removes bucket on crash", "[guide]", app_fixture,
                   live_fixture) {
  TestType fixture;
  fixture.create("shopping");
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  fixture.kill(*bucket);
  REQUIRE(fixture.await_event(event_kind::exit, *bucket));
  CHECK(fixture.lookup("shopping") == std::nullopt);
}

TEMPLATE_TEST_CASE("monitors existing entries", "[guide]", app_fixture,
                   live_fixture) {
  TestType fixture;
  auto bucket = fixture.create("shopping");
  fixture.restart_registry();
  CHECK(fixture.lookup("shopping") == bucket);
  fixture.kill(bucket);
  REQUIRE(fixture.await_event(event_kind::exit, bucket));
  CHECK(fixture.lookup("shopping") == std::nullopt);
}
