#include "actors/base/completion.hpp"

#include "actors/base/error.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace kv;
using test::actor_fixture;

namespace {

/// Keeps the answers of a completion.
struct answers {
  std::vector<caf::expected<int>> got;

  completion<int> make() {
    return completion<int>::make(
      [this](caf::expected<int> x) { got.push_back(std::move(x)); });
  }
};

} // namespace

TEST_CASE("a completion is answered once, with a value or an error") {
  answers log;
  SECTION("a value") {
    auto x = log.make();
    x.deliver(42);
    REQUIRE(log.got.size() == 1);
    CHECK(log.got[0] == 42);
    x.deliver(43);
    x.deliver(caf::make_error(ec::timeout));
  }
  SECTION("an error") {
    auto x = log.make();
    x.deliver(caf::make_error(ec::timeout));
    REQUIRE(log.got.size() == 1);
    CHECK(log.got[0].error() == ec::timeout);
    x.deliver(43);
  }
  CHECK(log.got.size() == 1); // also after its end
}

TEST_CASE("an empty completion answers nobody") {
  completion<int> empty;
  CHECK_FALSE(empty);
  empty.deliver(1);
  answers log;
  auto full = log.make();
  CHECK(full);
  full.deliver(1);
  CHECK(full);
}

TEST_CASE("copies share one answer") {
  answers log;
  auto x = log.make();
  {
    auto copy = x;
    auto another = copy;
    another.deliver(1);
    copy.deliver(2);
  }
  x.deliver(3);
  REQUIRE(log.got.size() == 1);
  CHECK(log.got[0] == 1);
}

TEST_CASE("the last copy that goes unanswered says that nobody is there") {
  answers log;
  {
    auto x = log.make();
    { auto copy = x; }
    CHECK(log.got.empty());
  }
  REQUIRE(log.got.size() == 1);
  CHECK(log.got[0].error() == caf::sec::request_receiver_down);
}

TEST_CASE("one of many threads answers") {
  for (auto round = 0; round < 200; ++round) {
    std::atomic<int> calls = 0;
    {
      auto x
        = completion<int>::make([&](const caf::expected<int>&) { ++calls; });
      std::vector<std::thread> threads;
      for (auto i = 0; i < 4; ++i)
        threads.emplace_back([x, i] {
          if (i != 3)
            x.deliver(i);
        });
      for (auto& t : threads)
        t.join();
    }
    REQUIRE(calls == 1);
  }
}

TEST_CASE_METHOD(actor_fixture, "a completion is answered by its receiver, "
                                "dead or alive") {
  answers log;
  auto actor = sys.spawn([](caf::event_based_actor* me) {
    me->set_default_handler(caf::drop);
    return caf::behavior{
      [](const completion<int>& x, int y) { x.deliver(y); },
    };
  });
  run();
  SECTION("a receiver that answers") {
    caf::anon_send(actor, log.make(), 7);
    run();
    REQUIRE(log.got.size() == 1);
    CHECK(log.got[0] == 7);
    kill(actor);
  }
  SECTION("a receiver that drops the message") {
    caf::anon_send(actor, log.make());
    run();
    kill(actor);
  }
  SECTION("a receiver that ended before") {
    kill(actor);
    caf::anon_send(actor, log.make(), 7);
  }
  SECTION("a receiver that ends with it in its mailbox") {
    self->send_exit(actor, caf::exit_reason::kill);
    caf::anon_send(actor, log.make(), 7);
    CHECK(log.got.empty());
    run();
  }
  SECTION("a receiver that nobody refers to any more") {
    caf::anon_send(actor, log.make());
    actor = nullptr;
    run();
  }
  actor = nullptr;
  REQUIRE(log.got.size() == 1);
  if (!log.got[0])
    CHECK(log.got[0].error() == caf::sec::request_receiver_down);
}

TEST_CASE("a completion says until when it is wanted") {
  using clock = std::chrono::steady_clock;
  answers log;
  auto deadline = clock::now();
  auto x = completion<int>::make(
    [&](caf::expected<int> y) { log.got.push_back(std::move(y)); }, deadline);
  CHECK_FALSE(x.drop_if_late(deadline - std::chrono::nanoseconds{1}));
  CHECK(log.got.empty());
  CHECK(x.drop_if_late(deadline));
  REQUIRE(log.got.size() == 1);
  CHECK(log.got[0].error() == ec::timeout);
  CHECK_FALSE(log.make().drop_if_late(clock::now())); // has all the time
  CHECK_FALSE(completion<int>{}.drop_if_late(clock::now()));
}
