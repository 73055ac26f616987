#include "actors/base/awake_workers.hpp"

#include "actors/base/wait_awake.hpp"

#include "tests/support/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

using namespace kv;

namespace {

constexpr std::chrono::seconds patience{60};

caf::actor_system_config& configure(caf::actor_system_config& cfg) {
  use_awake_workers(cfg);
  cfg.set("scheduler.max-threads", size_t{3});
  return cfg;
}

struct fixture {
  caf::actor_system_config cfg;
  caf::actor_system sys{configure(cfg)};
};

/// Hands a number on, one less, and says so to `last` in the end.
caf::behavior hand_on(caf::event_based_actor* self, const caf::actor& last) {
  return {
    [=](int rest, const std::vector<caf::actor>& all) {
      if (rest == 0)
        self->send(last, size_t{0});
      else
        self->send(all[static_cast<size_t>(rest) % all.size()], rest - 1, all);
    },
  };
}

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<caf::actor>)

TEST_CASE_METHOD(fixture, "awake workers run what many actors send") {
  caf::scoped_actor self{sys};
  std::vector<caf::actor> ring;
  for (int i = 0; i < 10; ++i)
    ring.push_back(sys.spawn(hand_on, caf::actor{self}));
  constexpr int rounds = 20;
  for (int i = 0; i < rounds; ++i)
    self->send(ring[0], 1000, ring);
  int done = 0;
  while (done < rounds) {
    self->receive([&](size_t) { ++done; },
                  caf::after(patience) >> [&] { FAIL("work was lost"); });
  }
  for (auto& x : ring)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

TEST_CASE_METHOD(fixture, "workers that fell asleep are woken") {
  caf::scoped_actor self{sys};
  auto echo = sys.spawn([](caf::event_based_actor*) {
    return caf::behavior{[](int x) { return x; }};
  });
  for (int i = 0; i < 20; ++i) {
    // By then they have been without work for much longer than they wait.
    self->delayed_send(echo, 20 * awake_time, i);
    self->receive([&](int x) { CHECK(x == i); },
                  caf::after(patience) >> [&] { FAIL("nobody woke up"); });
  }
  caf::anon_send_exit(echo, caf::exit_reason::kill);
}

TEST_CASE("a system of awake workers ends with work left") {
  auto handled = std::make_shared<std::atomic<int>>(0);
  {
    fixture x;
    auto busy = x.sys.spawn([handled](caf::event_based_actor* self) {
      return caf::behavior{[=](int n) {
        ++*handled;
        if (n > 0)
          self->send(self, n - 1);
        else
          self->quit();
      }};
    });
    for (int i = 0; i < 100; ++i)
      caf::anon_send(busy, 1000);
  } // waits for the actor's end, which comes while messages are queued
  CHECK(*handled >= 1001);
  CHECK(handled.use_count() == 1);
}
