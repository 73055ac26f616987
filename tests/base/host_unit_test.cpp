#include "actors/base/host_unit.hpp"

#include "actors/base/completion.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace kv;
using test::actor_fixture;

namespace {

using thread_id = std::thread::id;

/// Answers with the thread it runs on.
caf::behavior whereabouts() {
  return {
    [](const completion<thread_id>& x) {
      x.deliver(std::this_thread::get_id());
    },
  };
}

} // namespace

TEST_CASE_METHOD(actor_fixture, "an idle actor runs in place") {
  auto actor = sys.spawn(whereabouts);
  run();
  thread_id where;
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(actor, completion<thread_id>::make(
                     [&](caf::expected<thread_id> x) { where = *x; }));
  CHECK(where == thread_id{}); // not yet
  unit.run();
  CHECK(where == std::this_thread::get_id());
  kill(actor);
}

TEST_CASE_METHOD(actor_fixture, "what an actor sends in place runs in place, "
                                "too") {
  std::vector<int> trace;
  auto last = sys.spawn(
    [&] { return caf::behavior{[&](int x) { trace.push_back(x); }}; });
  auto first = sys.spawn([&](caf::event_based_actor* me) {
    return caf::behavior{[&trace, me, last](int x) {
      trace.push_back(-x);
      me->send(last, x);
    }};
  });
  run();
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(first, 1);
  unit.send(first, 2);
  unit.run();
  CHECK(trace == std::vector<int>{-1, -2, 1, 2});
  kill(first);
  kill(last);
}

TEST_CASE_METHOD(actor_fixture, "what the budget does not cover goes to the "
                                "scheduler") {
  auto count = 0;
  auto actor = sys.spawn([&](caf::event_based_actor* me) {
    return caf::behavior{[&count, me](const caf::actor& next) {
      ++count;
      me->send(next, caf::actor_cast<caf::actor>(me));
    }};
  });
  auto other = sys.spawn([&](caf::event_based_actor* me) {
    return caf::behavior{[&count, me](const caf::actor& next) {
      ++count;
      if (count < 100)
        me->send(next, caf::actor_cast<caf::actor>(me));
    }};
  });
  run();
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(actor, other);
  unit.run(10);
  CHECK(count == 10);
  run();
  CHECK(count == 100);
  unit.send(actor, other);
  unit.run(0);
  CHECK(count == 100);
  run();
  CHECK(count == 102);
  kill(actor);
  kill(other);
}

TEST_CASE_METHOD(actor_fixture, "a unit may run within one of its jobs") {
  std::vector<int> trace;
  auto inner = sys.spawn(
    [&] { return caf::behavior{[&](int x) { trace.push_back(x); }}; });
  auto outer = sys.spawn([&](caf::event_based_actor*) {
    return caf::behavior{[&](const std::string&) {
      trace.push_back(1);
      auto& unit = host_unit::of_this_thread(sys);
      unit.send(inner, 2);
      unit.run();
      trace.push_back(3);
    }};
  });
  run();
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(outer, std::string{"go"});
  unit.send(inner, 4);
  unit.run();
  run();
  CHECK(trace == std::vector<int>{1, 4, 2, 3});
  kill(outer);
  kill(inner);
}

TEST_CASE_METHOD(actor_fixture, "an actor that ended is not run") {
  auto actor = sys.spawn(whereabouts);
  kill(actor);
  caf::error why;
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(actor,
            completion<thread_id>::make(
              [&](const caf::expected<thread_id>& x) { why = x.error(); }));
  unit.run();
  CHECK(why == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(actor_fixture, "what comes when the unit does not run goes to "
                                "the scheduler") {
  auto count = 0;
  auto actor = sys.spawn([&] { return caf::behavior{[&](int) { ++count; }}; });
  run();
  auto& unit = host_unit::of_this_thread(sys);
  // As of an actor that this unit ran last.
  caf::actor_cast<caf::abstract_actor*>(actor)->enqueue(
    caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, 1), &unit);
  CHECK(count == 0);
  run();
  CHECK(count == 1);
  kill(actor);
}

TEST_CASE_METHOD(actor_fixture,
                 "what another thread queues with a unit goes to "
                 "the scheduler") {
  auto count = 0;
  auto inner = sys.spawn([&] { return caf::behavior{[&](int) { ++count; }}; });
  auto& unit = host_unit::of_this_thread(sys);
  auto outer = sys.spawn([&] {
    return caf::behavior{[&](int x) {
      std::thread{[&] { host_unit::send_with(&unit, inner, x); }}.join();
    }};
  });
  run();
  unit.send(outer, 1);
  unit.run();
  CHECK(count == 0);
  run();
  CHECK(count == 1);
  kill(outer);
  kill(inner);
}

TEST_CASE_METHOD(actor_fixture, "a job that a thread leaves behind goes to the "
                                "scheduler") {
  auto count = 0;
  auto actor = sys.spawn([&] { return caf::behavior{[&](int) { ++count; }}; });
  run();
  std::thread{[&] { host_unit::of_this_thread(sys).send(actor, 1); }}.join();
  run();
  CHECK(count == 1);
  kill(actor);
}

TEST_CASE_METHOD(actor_fixture,
                 "a thread has one unit for a system, and leaves "
                 "it to others") {
  auto& unit = host_unit::of_this_thread(sys);
  CHECK(&unit == &host_unit::of_this_thread(sys));
  CHECK(&unit.system() == &sys);
  std::set<host_unit*> units;
  for (auto i = 0; i < 10; ++i)
    std::thread{[&] { units.insert(&host_unit::of_this_thread(sys)); }}.join();
  CHECK(units.size() == 1);
  CHECK(units.count(&unit) == 0);
}
