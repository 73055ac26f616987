#include "actors/kv/registry.hpp"

#include "tests/kv/gate.hpp"
#include "tests/support/app_fixture.hpp"

using namespace kv;
using test::app_fixture;

namespace {

struct registry_fixture : app_fixture {
  registry_fixture() : hold(sys) {
    // nop
  }

  ~registry_fixture() {
    kill(hold.handler());
  }

  /// Adds a handler that acknowledges when the test says so.
  void add_gate() {
    add_handler(hold.handler());
  }

  /// Sends a create whose answer ends up in `answers`.
  void create_later(const std::string& name) {
    client
      = sys.spawn([this, name](caf::event_based_actor* c) -> caf::behavior {
          c->request(registry(), caf::infinite, atom::create_v, name)
            .then([this](const bucket_actor& x) { answers.push_back(x); },
                  [this](const caf::error& x) { failures.push_back(x); });
          return {[](atom::get) { return 0; }};
        });
    step(client);
    clients.push_back(client);
  }

  std::vector<event_kind> told() const {
    std::vector<event_kind> result;
    for (auto& x : events())
      result.push_back(x.event.kind);
    return result;
  }

  uint64_t child_count() {
    return call<otp::child_counts>(buckets(), atom::count_children_v).active;
  }

  test::gate hold;
  caf::actor client;
  std::vector<caf::actor> clients;
  std::vector<bucket_actor> answers;
  std::vector<caf::error> failures;
};

constexpr auto created = event_kind::create;
constexpr auto ended = event_kind::exit;

} // namespace

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
