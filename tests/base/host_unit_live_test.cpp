// Actors in place with real threads.

#include "actors/base/completion.hpp"
#include "actors/base/host_unit.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/patience.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace kv;

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
  REQUIRE(result.wait_for(kv::test::patience) == std::future_status::ready);
  return result.get();
}

void end(const caf::actor& x) {
  caf::anon_send_exit(x, caf::exit_reason::kill);
}

} // namespace

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
