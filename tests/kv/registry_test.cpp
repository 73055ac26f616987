// Creating buckets and looking them up.

#include "tests/kv/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

// -- creating -----------------------------------------------------------------

TEST_CASE_METHOD(registry_fixture,
                 "create answers after the table has the entry and every "
                 "handler has run",
                 "[registry]") {
  add_gate();
  create_later("shopping");
  run();
  CHECK(answers.empty());
  REQUIRE(lookup("shopping"));
  REQUIRE(hold.heard().size() == 1);
  CHECK(hold.heard()[0].name == "shopping");
  CHECK(hold.heard()[0].bucket == lookup("shopping"));
  hold.open();
  run();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0] == lookup("shopping"));
}

TEST_CASE_METHOD(registry_fixture,
                 "create of an existing name answers with the same bucket and "
                 "tells nobody",
                 "[registry]") {
  auto bucket = create("shopping");
  CHECK(create("shopping") == bucket);
  CHECK(told() == std::vector{created});
  CHECK(child_count() == 1);
}

TEST_CASE_METHOD(registry_fixture, "creates of one name share one start",
                 "[registry]") {
  add_gate();
  create_later("shopping");
  create_later("shopping");
  run();
  create_later("shopping"); // while the handlers are being told
  run();
  CHECK(answers.empty());
  hold.open();
  run();
  REQUIRE(answers.size() == 3);
  CHECK(answers[0] == answers[1]);
  CHECK(answers[0] == answers[2]);
  CHECK(child_count() == 1);
}

TEST_CASE_METHOD(registry_fixture,
                 "creates of different names do not wait for one another",
                 "[registry]") {
  auto slow = sys.spawn([](caf::event_based_actor* h) -> caf::behavior {
    return {
      [h](atom::event, uint64_t n, const bucket_event& x) -> otp::event_ack {
        if (x.name != "slow")
          return otp::ack(n);
        return h->make_response_promise<atom::ack, uint64_t>();
      },
    };
  });
  add_handler(slow);
  create_later("slow");
  run();
  auto fast = create("fast");
  CHECK(lookup("fast") == fast);
  CHECK(answers.empty());
  kill(slow);
  CHECK(answers.size() == 1);
}

TEST_CASE_METHOD(registry_fixture, "a handler may call create", "[registry]") {
  auto busy = sys.spawn([this](caf::event_based_actor* h) -> caf::behavior {
    return {
      [this, h](atom::event, uint64_t n,
                const bucket_event& x) -> otp::event_ack {
        if (x.name != "shopping")
          return otp::ack(n);
        auto promise = h->make_response_promise<atom::ack, uint64_t>();
        h->request(registry(), caf::infinite, atom::create_v, "list")
          .then([promise, n](const bucket_actor&) mutable {
            promise.deliver(atom::ack_v, n);
          });
        return promise;
      },
    };
  });
  add_handler(busy);
  create("shopping");
  CHECK(lookup("shopping"));
  CHECK(lookup("list"));
}

TEST_CASE_METHOD(registry_fixture,
                 "a start that answers after its deadline leaves nothing "
                 "behind",
                 "[registry]") {
  create_later("shopping");
  REQUIRE(step(registry()));              // asks the bucket supervisor
  advance_clock(std::chrono::seconds{5}); // which does not get to run
  REQUIRE(step(registry()));
  run();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == ec::timeout);
  CHECK(answers.empty());
  CHECK_FALSE(lookup("shopping"));
  CHECK(child_count() == 0);
  CHECK(events().empty());
  auto shopping = create("shopping");
  CHECK(lookup("shopping") == shopping);
}

TEST_CASE("a start that fails is reported to whoever waits", "[registry]") {
  auto broken = std::make_shared<bool>(true);
  tree_options options;
  options.start_bucket
    = [broken](caf::local_actor* parent,
               const std::string& name) -> caf::expected<otp::child> {
    if (*broken)
      throw std::runtime_error("no room");
    return start_bucket(parent, name);
  };
  app_fixture fixture{options};
  auto answer = fixture.try_call<bucket_actor>(fixture.registry(),
                                               atom::create_v, "shopping");
  REQUIRE_FALSE(answer);
  CHECK(describe(answer.error()).find("no room") != std::string::npos);
  *broken = false;
  auto shopping = fixture.create("shopping");
  CHECK(fixture.lookup("shopping") == shopping);
}

// -- looking up ---------------------------------------------------------------

TEST_CASE_METHOD(registry_fixture,
                 "lookup works while the registry is busy or dead",
                 "[registry]") {
  auto bucket = create("shopping");
  self->send(registry(), atom::create_v, "list"); // queued, never run
  CHECK(lookup("shopping") == bucket);
  auto old = registry();
  self->send_exit(old, caf::exit_reason::kill);
  REQUIRE(step(old)); // dead, and its supervisor does not know
  CHECK(lookup("shopping") == bucket);
  run();
  CHECK(registry() != old);
  CHECK(lookup("shopping") == bucket);
}

TEST_CASE_METHOD(registry_fixture,
                 "lookup never returns a bucket whose end is complete",
                 "[registry]") {
  auto bucket = create("shopping");
  self->send_exit(bucket, caf::exit_reason::kill);
  CHECK(lookup("shopping") == bucket);
  REQUIRE(step(bucket)); // dead, and the registry does not know
  CHECK(names.member("shopping"));
  CHECK_FALSE(lookup("shopping"));
}
