#pragma once

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace kv::bench {

/// Runs `body(self, done)` in an actor and waits until it has called `done()`;
/// the actor ends then.
template <class Body>
void run_in_actor(caf::actor_system& sys, Body body) {
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  sys.spawn([&body, ended](caf::event_based_actor* self) -> caf::behavior {
    self->attach_functor([ended] { ended->set_value(); });
    body(self, [self] { self->quit(); });
    return {[](int) {}};
  });
  future.wait();
}

/// Runs `count` requests from an actor, `outstanding` of them at a time, and
/// waits for the last answer, `Results`. `ask(self, i)` sends request `i` and
/// returns its response handle.
template <class... Results, class Ask>
void call_from_actor(caf::actor_system& sys, size_t count, size_t outstanding,
                     Ask ask) {
  struct caller {
    Ask& ask;
    caf::event_based_actor* self;
    std::function<void()> done;
    size_t count;
    size_t next = 0;
    size_t answered = 0;

    void step() {
      if (next == count)
        return;
      ask(self, next++).then([this](const Results&...) {
        if (++answered == count)
          done();
        else
          step();
      });
    }
  };
  run_in_actor(sys, [&](caf::event_based_actor* self, auto done) {
    // Outlives the call: the actor ends in `done`, and its handlers with it.
    auto* state = new caller{ask, self, std::move(done), count};
    self->attach_functor([state] { delete state; });
    for (size_t i = 0; i < std::min(outstanding, count); ++i)
      state->step();
  });
}

} // namespace kv::bench
