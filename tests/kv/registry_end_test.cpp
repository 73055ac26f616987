// Buckets that end, and peers of the registry that die.

#include "tests/kv/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

// -- ending -------------------------------------------------------------------

TEST_CASE_METHOD(registry_fixture,
                 "the entry is gone before a handler hears of the exit",
                 "[registry]") {
  kill(create("shopping"));
  REQUIRE(told() == std::vector{created, ended});
  CHECK(events()[0].entry_present);
  CHECK_FALSE(events()[1].entry_present);
}

TEST_CASE_METHOD(registry_fixture,
                 "each death is one exit event with name, bucket and reason",
                 "[registry]") {
  auto first = create("first");
  auto second = create("second");
  kill(first);
  stop(second);
  auto heard = events();
  REQUIRE(heard.size() == 4);
  CHECK(heard[2].event.name == "first");
  CHECK(heard[2].event.bucket == first);
  CHECK(heard[2].event.reason == caf::exit_reason::kill);
  CHECK(heard[3].event.name == "second");
  CHECK(heard[3].event.bucket == second);
  CHECK(heard[3].event.reason == caf::exit_reason::user_shutdown);
  for (size_t i = 0; i < heard.size(); ++i)
    CHECK(heard[i].event.number == i + 1);
}

TEST_CASE_METHOD(registry_fixture,
                 "a create that meets a dead bucket waits for its exit event",
                 "[registry]") {
  auto old = create("shopping");
  self->send_exit(old, caf::exit_reason::kill);
  create_later("shopping"); // in the mailbox before the down message
  REQUIRE(step(old));
  run();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0] != old);
  CHECK(lookup("shopping") == answers[0]);
  REQUIRE(told() == std::vector{created, ended, created});
  CHECK(events()[1].event.bucket == old);
  CHECK(events()[2].event.bucket == answers[0]);
}

TEST_CASE_METHOD(registry_fixture,
                 "a create behind the exit event of a bucket that nobody was "
                 "told of yet gets a new one",
                 "[registry]") {
  add_gate();
  create_later("shopping");
  run();
  auto old = lookup("shopping");
  REQUIRE(old);
  kill(*old);
  create_later("shopping");
  run();
  hold.open();
  run();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0] == old);
  CHECK(answers[1] != old);
  CHECK(lookup("shopping") == answers[1]);
}

// -- peers that die -----------------------------------------------------------

TEST_CASE_METHOD(registry_fixture,
                 "handlers keep being told after the event manager restarts",
                 "[registry]") {
  kill(manager());
  auto bucket = create("shopping");
  kill(manager());
  kill(bucket);
  CHECK(told() == std::vector{created, ended});
}

TEST_CASE_METHOD(registry_fixture,
                 "an event that the manager died with is told again, marked "
                 "replayed",
                 "[registry]") {
  add_gate();
  create_later("shopping");
  run();
  kill(manager());
  REQUIRE(hold.heard().size() == 2);
  CHECK_FALSE(hold.heard()[0].replayed);
  CHECK(hold.heard()[1].replayed);
  CHECK(hold.heard()[0].number == hold.heard()[1].number);
  CHECK(answers.empty());
  hold.open();
  run();
  CHECK(answers.size() == 1);
}

TEST_CASE_METHOD(registry_fixture,
                 "events that happen without a manager are told once, in order",
                 "[registry]") {
  auto bucket = create("shopping");
  auto old = manager();
  self->send_exit(old, caf::exit_reason::kill);
  self->send_exit(bucket, caf::exit_reason::kill);
  REQUIRE(step(old));
  run();
  REQUIRE(told() == std::vector{created, ended});
}

TEST_CASE_METHOD(registry_fixture,
                 "a create while the bucket supervisor restarts is answered",
                 "[registry]") {
  auto old = create("old");
  auto supervisor = buckets();
  self->send_exit(supervisor, caf::exit_reason::kill);
  create_later("shopping");
  REQUIRE(step(registry())); // has sent the start
  REQUIRE(step(supervisor)); // to one that ends first
  run();
  REQUIRE(answers.size() == 1);
  CHECK(failures.empty());
  CHECK(lookup("shopping") == answers[0]);
  CHECK(buckets() != supervisor);
  CHECK_FALSE(lookup("old")); // its buckets ended with it
  CHECK(await_event(event_kind::exit, old));
  CHECK(child_count() == 1);
}

TEST_CASE_METHOD(registry_fixture,
                 "entries that died while there was no registry are purged",
                 "[registry]") {
  auto bucket = create("shopping");
  self->send_exit(registry(), caf::exit_reason::kill);
  self->send_exit(bucket, caf::exit_reason::kill);
  REQUIRE(step(bucket));
  run();
  CHECK_FALSE(names.member("shopping"));
  CHECK(told() == std::vector{created, ended});
}

TEST_CASE_METHOD(registry_fixture,
                 "a waiting create hears that its registry died",
                 "[registry]") {
  add_gate();
  create_later("shopping");
  run();
  kill(registry());
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == caf::sec::request_receiver_down);
  CHECK(lookup("shopping")); // the bucket stays
}
