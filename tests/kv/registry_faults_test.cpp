// A registry that dies between its steps loses no event and leaves no orphan.

#include "tests/support/app_fixture.hpp"

using namespace kv;

namespace {

/// Makes the registry throw, once, at a point of its choice.
struct saboteur {
  std::optional<registry_point> at;

  void operator()(registry_point x) {
    if (at == x) {
      at = std::nullopt;
      throw std::runtime_error("sabotage");
    }
  }
};

struct faulty_fixture {
  faulty_fixture() : fixture(make_options()) {
    // nop
  }

  tree_options make_options() {
    tree_options result;
    result.probe = [this](registry_point x) { saboteur(x); };
    return result;
  }

  /// Creates a bucket with a registry that dies at `x`.
  void create_and_die_at(registry_point x) {
    saboteur.at = x;
    auto old = fixture.registry();
    auto answer = fixture.try_call<bucket_actor>(old, atom::create_v,
                                                 "shopping");
    REQUIRE_FALSE(answer);
    REQUIRE(fixture.registry() != old);
  }

  uint64_t child_count() {
    return fixture
      .call<otp::child_counts>(fixture.buckets(), atom::count_children_v)
      .active;
  }

  ::saboteur saboteur;
  test::app_fixture fixture;
};

} // namespace

TEST_CASE_METHOD(faulty_fixture,
                 "dies after the bucket started: no orphan, no event",
                 "[registry][faults]") {
  create_and_die_at(registry_point::started);
  CHECK(child_count() == 0);
  CHECK_FALSE(fixture.lookup("shopping"));
  CHECK(fixture.events().empty());
  auto shopping = fixture.create("shopping");
  CHECK(fixture.lookup("shopping") == shopping);
  CHECK(child_count() == 1);
}

TEST_CASE_METHOD(faulty_fixture,
                 "dies after the event was logged: the next one redoes it",
                 "[registry][faults]") {
  create_and_die_at(registry_point::logged);
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  CHECK(child_count() == 1);
  REQUIRE(fixture.events().size() == 1);
  CHECK(fixture.events()[0].event.replayed);
  CHECK(fixture.create("shopping") == bucket);
  fixture.kill(*bucket);
  CHECK_FALSE(fixture.lookup("shopping"));
  CHECK(fixture.events().size() == 2);
}

TEST_CASE_METHOD(faulty_fixture,
                 "dies after the insert: the create event is told all the same",
                 "[registry][faults]") {
  create_and_die_at(registry_point::inserted);
  auto bucket = fixture.lookup("shopping");
  REQUIRE(bucket);
  REQUIRE(fixture.events().size() == 1);
  CHECK(fixture.events()[0].event.kind == event_kind::create);
  CHECK(fixture.events()[0].event.bucket == *bucket);
  CHECK(fixture.events()[0].event.replayed);
  CHECK(fixture.events()[0].entry_present);
  CHECK(fixture.create("shopping") == bucket);
}

TEST_CASE_METHOD(faulty_fixture,
                 "dies after the erase: the exit event is told all the same",
                 "[registry][faults]") {
  auto bucket = fixture.create("shopping");
  saboteur.at = registry_point::erased;
  fixture.kill(bucket);
  CHECK_FALSE(fixture.lookup("shopping"));
  REQUIRE(fixture.events().size() == 2);
  auto heard = fixture.events()[1];
  CHECK(heard.event.kind == event_kind::exit);
  CHECK(heard.event.bucket == bucket);
  CHECK(heard.event.reason == caf::exit_reason::kill);
  CHECK(heard.event.replayed);
  CHECK_FALSE(heard.entry_present);
}

TEST_CASE_METHOD(faulty_fixture,
                 "a bucket that dies while its create event is being redone "
                 "gets both events",
                 "[registry][faults]") {
  saboteur.at = registry_point::logged;
  auto old = fixture.registry();
  fixture.self->send(old, atom::create_v, "shopping");
  // Let the registry die, and the bucket before the next registry is there.
  while (saboteur.at)
    REQUIRE(fixture.step());
  auto children = ets::whereis<event_table>("kv.events").lookup(1);
  REQUIRE(children);
  fixture.self->send_exit(children->bucket.actor, caf::exit_reason::kill);
  REQUIRE(fixture.step(children->bucket.actor));
  fixture.run();
  CHECK_FALSE(fixture.lookup("shopping"));
  REQUIRE(fixture.events().size() == 2);
  CHECK(fixture.events()[0].event.kind == event_kind::create);
  CHECK(fixture.events()[1].event.kind == event_kind::exit);
  CHECK(child_count() == 0);
}

TEST_CASE("three registry deaths in five seconds are survived, the fourth ends "
          "the tree",
          "[registry][faults]") {
  test::app_fixture fixture;
  caf::error reason;
  fixture.app->on_end([&](const caf::error& x) { reason = x; });
  fixture.create("shopping");
  for (int i = 0; i < 3; ++i) {
    fixture.kill(fixture.registry());
    REQUIRE(fixture.lookup("shopping"));
  }
  fixture.kill(fixture.registry());
  CHECK(reason == ec::max_restarts);
  CHECK_FALSE(fixture.names);
  CHECK_THROWS_AS(fixture.lookup("shopping"), ets::error);
  CHECK_THROWS_AS(ets::whereis<bucket_names>("kv.registry"), ets::error);
}

TEST_CASE("a registry death every two seconds is survived for ever",
          "[registry][faults]") {
  test::app_fixture fixture;
  auto bucket = fixture.create("shopping");
  for (int i = 0; i < 20; ++i) {
    fixture.kill(fixture.registry());
    fixture.advance(std::chrono::seconds{2});
    REQUIRE(fixture.lookup("shopping") == bucket);
  }
}
