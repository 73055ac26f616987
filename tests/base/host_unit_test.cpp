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

/// Real threads.
class live {
public:
  live() : sys(configure(cfg_)) {
    // nop
  }

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg) {
    cfg.set("scheduler.policy", caf::atom("sharing"));
    cfg.set("scheduler.max-threads", size_t{2});
    return cfg;
  }

  caf::actor_system_config cfg_;

public:
  caf::actor_system sys;
};

using thread_id = std::thread::id;

/// Answers with the thread it runs on.
caf::behavior whereabouts() {
  return {
    [](const completion<thread_id>& x) {
      x.deliver(std::this_thread::get_id());
    },
  };
}

/// Calls an actor from this thread and waits for the answer.
template <class T, class Handle, class... Ts>
T call(caf::actor_system& sys, const Handle& dest, Ts&&... xs) {
  auto answer = std::make_shared<std::promise<T>>();
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(dest, std::forward<Ts>(xs)...,
            completion<T>::make([answer](const caf::expected<T>& x) {
              answer->set_value(x ? *x : T{});
            }));
  unit.run();
  auto result = answer->get_future();
  REQUIRE(result.wait_for(std::chrono::seconds{20})
          == std::future_status::ready);
  return result.get();
}

void end(const caf::actor& x) {
  caf::anon_send_exit(x, caf::exit_reason::kill);
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

TEST_CASE("every actor system has its own units") {
  live one;
  live other;
  CHECK(&host_unit::of_this_thread(one.sys)
        != &host_unit::of_this_thread(other.sys));
  auto x = one.sys.spawn(whereabouts);
  auto y = other.sys.spawn(whereabouts);
  call<thread_id>(one.sys, x);
  call<thread_id>(other.sys, y);
  end(x);
  end(y);
}

TEST_CASE("a unit serves one system after another") {
  for (auto i = 0; i < 20; ++i) {
    live here;
    auto actor = here.sys.spawn(whereabouts);
    call<thread_id>(here.sys, actor);
    std::thread{[&] { call<thread_id>(here.sys, actor); }}.join();
    end(actor);
  }
}

TEST_CASE("an actor that is busy on another thread answers all the same") {
  live here;
  std::promise<void> busy;
  std::promise<void> go;
  auto actor = here.sys.spawn([&] {
    return caf::behavior{
      [&](int) {
        busy.set_value();
        go.get_future().wait();
      },
      [](const completion<thread_id>& x) {
        x.deliver(std::this_thread::get_id());
      },
    };
  });
  caf::anon_send(actor, 1);
  busy.get_future().wait();
  std::promise<thread_id> answer;
  auto& unit = host_unit::of_this_thread(here.sys);
  unit.send(actor, completion<thread_id>::make([&](caf::expected<thread_id> x) {
              answer.set_value(*x);
            }));
  unit.run();
  auto result = answer.get_future();
  CHECK(result.wait_for(std::chrono::seconds{0})
        == std::future_status::timeout);
  go.set_value();
  CHECK(result.get() != std::this_thread::get_id());
  // And once it is idle, it may run in place again.
  call<thread_id>(here.sys, actor);
  end(actor);
}

TEST_CASE("threads that come and go leave their actors in order") {
  live here;
  auto actor = here.sys.spawn(whereabouts);
  for (auto i = 0; i < 100; ++i)
    std::thread{[&] { call<thread_id>(here.sys, actor); }}.join();
  // The unit that ran it last belongs to nobody now.
  call<thread_id>(here.sys, actor);
  caf::scoped_actor self{here.sys};
  self->monitor(actor);
  end(actor);
  self->receive([](const caf::down_msg&) {});
}

TEST_CASE("many threads hammer a few actors while these are replaced") {
  constexpr auto actors = 4;
  constexpr auto threads = 6;
  constexpr auto rounds = 3000;
  live here;
  std::mutex mtx;
  std::vector<caf::actor> line;
  auto counter = [](caf::event_based_actor* me) {
    return caf::behavior{
      [n = 0](const completion<int>& x) mutable { x.deliver(++n); },
      [me](const caf::actor& next, const completion<int>& x) {
        me->send(next, x);
      },
    };
  };
  for (auto i = 0; i < actors; ++i)
    line.push_back(here.sys.spawn(counter));
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  auto work = [&](int id) {
    for (auto i = 0; i < rounds; ++i) {
      auto k = static_cast<size_t>(id + i) % actors;
      auto x = caf::actor{};
      auto y = caf::actor{};
      {
        std::lock_guard guard{mtx};
        x = line[k];
        y = line[(k + 1) % actors];
        if (i % 50 == 0)
          line[k] = here.sys.spawn(counter);
      }
      if (i % 50 == 0)
        end(x);
      auto n = i % 3 == 0 ? call<int>(here.sys, x, y) : call<int>(here.sys, x);
      ++(n > 0 ? answered : refused);
    }
  };
  std::vector<std::thread> crew;
  for (auto i = 0; i < threads; ++i)
    crew.emplace_back(work, i);
  for (auto& x : crew)
    x.join();
  CHECK(answered + refused == threads * rounds);
  CHECK(answered > 0);
  for (auto& x : line)
    end(x);
}
