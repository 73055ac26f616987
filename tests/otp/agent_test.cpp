#include "actors/otp/agent.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/seed.hpp"

#include <future>
#include <random>
#include <thread>

using namespace kv;
using test::end_watch;
using test::otp_fixture;
using words = std::vector<std::string>;

namespace {

constexpr auto size_of = [](const words& xs) { return xs.size(); };

/// An agent that nobody supervises, and an actor that uses it.
class fixture : public otp_fixture {
public:
  fixture() : list(*otp::agent<words>::start(sys, [] { return words{"a"}; })) {
    run(); // it is idle from now on
  }

  ~fixture() {
    caf::anon_send_exit(list.actor(), caf::exit_reason::kill);
    run();
  }

  /// Lets `f(self)` send requests from an actor, and handles what comes back.
  template <class F>
  void from_an_actor(F f) {
    auto user = sys.spawn([f](caf::event_based_actor* me) { f(me); });
    run();
  }

  otp::agent<words> list;
};

[[noreturn]] void fail(const words&) {
  throw std::runtime_error("no such word");
}

} // namespace

// -- from a thread ------------------------------------------------------------

TEST_CASE_METHOD(fixture, "an agent gets, updates, and does both", "[agent]") {
  CHECK(*list.get(size_of) == 1);
  CHECK_FALSE(list.update([](words& xs) { xs.push_back("b"); }));
  CHECK(*list.get(size_of) == 2);
  auto last = list.get_and_update([](words& xs) {
    auto result = xs.back();
    xs.pop_back();
    return result;
  });
  CHECK(*last == "b");
  CHECK(*list.get([](const words& xs) { return xs; }) == words{"a"});
}

TEST_CASE_METHOD(fixture, "a cast is done some time", "[agent]") {
  list.cast([](words& xs) { xs.push_back("b"); });
  run();
  CHECK(*list.get(size_of) == 2);
}

TEST_CASE_METHOD(fixture, "a function may be a member", "[agent]") {
  struct point {
    int x;
  };
  auto agent = otp::agent<point>::start(sys, [] { return point{4}; });
  REQUIRE(agent);
  run();
  CHECK(*agent->get(&point::x) == 4);
  CHECK_FALSE(agent->stop());
}

TEST_CASE_METHOD(fixture,
                 "what a function throws ends the agent and reaches "
                 "its caller",
                 "[agent]") {
  end_watch end{list.actor()};
  SECTION("of a get") {
    auto answer = list.get([](const words& xs) {
      fail(xs);
      return 0;
    });
    REQUIRE_FALSE(answer);
    CHECK(answer.error() == ec::crashed);
    CHECK(describe(answer.error()).find("no such word") != std::string::npos);
  }
  SECTION("of an update") {
    CHECK(list.update([](words& xs) { fail(xs); }) == ec::crashed);
  }
  SECTION("of a cast") {
    list.cast([](words& xs) { fail(xs); });
    run();
  }
  CHECK(end.reason() == ec::crashed);
  CHECK(list.get(size_of).error() == caf::sec::request_receiver_down);
  CHECK(list.update([](words&) {}) == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(fixture,
                 "who is queued behind a function that throws hears "
                 "of the end",
                 "[agent]") {
  list.cast([](words& xs) { fail(xs); });
  // Not idle: what runs here now is only what the scheduler has left.
  auto answer = list.get(size_of, std::chrono::milliseconds{0});
  CHECK(answer.error() == ec::timeout);
  run();
  CHECK(list.get(size_of).error() == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(fixture, "an agent that was stopped has ended", "[agent]") {
  end_watch end{list.actor()};
  CHECK_FALSE(list.stop(caf::exit_reason::user_shutdown));
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
  CHECK(list.stop() == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(fixture, "no agent at all", "[agent]") {
  otp::agent<words> none;
  CHECK(none.get(size_of).error() == ec::no_such_actor);
  CHECK(none.stop() == ec::no_such_actor);
  none.cast([](words&) {});
}

TEST_CASE_METHOD(fixture, "an init that throws starts no agent", "[agent]") {
  auto agent = otp::agent<words>::start(sys, []() -> words {
    throw std::runtime_error("no words");
  });
  REQUIRE_FALSE(agent);
  CHECK(describe(agent.error()).find("no words") != std::string::npos);
}

// -- from an actor ------------------------------------------------------------

TEST_CASE_METHOD(fixture, "actors use an agent by request", "[agent]") {
  std::string trace;
  from_an_actor([&](caf::event_based_actor* me) {
    list.update(me, [](words& xs) { xs.push_back("b"); }).then([&] {
      trace += "updated ";
    });
    list.get(me, size_of).then([&](size_t n) { trace += std::to_string(n); });
    list
      .get_and_update(me,
                      [](words& xs) {
                        auto result = xs.back();
                        xs.clear();
                        return result;
                      })
      .then([&](const std::string& x) { trace += " " + x; });
    list.cast([](words& xs) { xs = {"c", "d"}; });
  });
  CHECK(trace == "updated 2 b");
  CHECK(*list.get(size_of) == 2);
}

TEST_CASE_METHOD(fixture,
                 "an actor gets what its function threw, and the next "
                 "one the end",
                 "[agent]") {
  std::vector<caf::error> failures;
  from_an_actor([&](caf::event_based_actor* me) {
    auto keep = [&](const caf::error& x) { failures.push_back(x); };
    list.update(me, [](words& xs) { fail(xs); }).then([] {}, keep);
    list.get(me, size_of).then([](size_t) {}, keep);
  });
  REQUIRE(failures.size() == 2);
  CHECK(failures[0] == ec::crashed);
  CHECK(failures[1] == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(fixture, "an actor hears of a stop once the agent has ended",
                 "[agent]") {
  end_watch end{list.actor()};
  auto ended = false;
  from_an_actor([&](caf::event_based_actor* me) {
    list.stop(me).then([&] { ended = end.ended(); });
  });
  CHECK(ended);
}

// -- under a supervisor -------------------------------------------------------

TEST_CASE_METHOD(otp_fixture,
                 "a supervised agent goes by its name and starts "
                 "again from its init",
                 "[agent]") {
  start({otp::agent_spec<int>("test.total", [] { return 7; })});
  auto find = [this] {
    return otp::agent<int>{
      otp::whereis<otp::agent_actor<int>>(names.reader(), "test.total")};
  };
  auto first = find();
  CHECK_FALSE(first.update([](int& x) { x = 8; }));
  CHECK(first.update([](int&) { throw 1; }) == ec::crashed);
  run();
  CHECK_FALSE(find() == first);
  CHECK(*find().get([](int x) { return x; }) == 7);
}

// -- live ---------------------------------------------------------------------

TEST_CASE("threads that share an agent lose no update", "[agent][live]") {
  auto seed = test::test_seed();
  CAPTURE(seed);
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  auto agent = otp::agent<int64_t>::start(sys, [] { return int64_t{0}; });
  REQUIRE(agent);
  std::atomic<int64_t> expected = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      std::mt19937_64 random{seed + i};
      int64_t last = 0;
      for (auto n = 0; n < 2000; ++n) {
        auto by = static_cast<int64_t>(random() % 100);
        expected += by;
        auto add = [by](int64_t& x) { return x += by; };
        if (random() % 2 == 0) {
          agent->cast(add);
        } else if (auto now = agent->get_and_update(add); now && *now >= last) {
          last = *now; // it only grows
        } else {
          ++failures;
        }
      }
    });
  for (auto& x : threads)
    x.join();
  CHECK(failures == 0);
  CHECK(*agent->get([](int64_t x) { return x; }) == expected);
  CHECK_FALSE(agent->stop());
}

TEST_CASE("what a thread has given up is not begun", "[agent][live]") {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  auto agent = *otp::agent<int>::start(sys, [] { return 0; });
  std::promise<void> gate;
  agent.cast([opened = gate.get_future().share()](int&) { opened.wait(); });
  auto add = [](int& x) { return ++x; };
  CHECK(agent.update(add, std::chrono::milliseconds{1}) == ec::timeout);
  CHECK(agent.get_and_update(add, std::chrono::milliseconds{1}).error()
        == ec::timeout);
  gate.set_value();
  CHECK(*agent.get([](int x) { return x; }) == 0);
  // Who has all the time there is waits for it.
  CHECK(*agent.get_and_update(add, std::chrono::milliseconds::max()) == 1);
  CHECK_FALSE(agent.stop());
}

TEST_CASE_METHOD(fixture, "an actor need not wait for ever", "[agent]") {
  caf::error failure;
  auto user = sys.spawn([&](caf::event_based_actor* me) {
    list.get(me, size_of, caf::duration{std::chrono::seconds{1}})
      .then([](size_t) { FAIL("nobody was there"); },
            [&](const caf::error& x) { failure = x; });
  });
  REQUIRE(step(user));
  advance_clock(std::chrono::seconds{1}); // and the agent has not run
  REQUIRE(step(user));
  CHECK(failure == caf::sec::request_timeout);
  run();
}
