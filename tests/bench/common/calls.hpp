#pragma once

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace kv::bench {

/// Runs `count` requests from an actor, `outstanding` of them at a time, and
/// waits for the last answer. `ask(self, i)` sends request `i` and returns its
/// response handle.
template <class Result, class Ask>
void call_from_actor(caf::actor_system& sys, size_t count, size_t outstanding,
                     Ask ask) {
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  struct state {
    size_t next = 0;
    size_t answered = 0;
  };
  sys.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    auto at = std::make_shared<state>();
    auto step = std::make_shared<std::function<void()>>();
    *step = [=] {
      if (at->next == count)
        return;
      ask(self, at->next++).then([=](const Result&) {
        if (++at->answered == count) {
          *step = nullptr;
          done->set_value();
          self->quit();
        } else {
          (*step)();
        }
      });
    };
    for (size_t i = 0; i < outstanding; ++i)
      (*step)();
    return {[](int) {}};
  });
  future.wait();
}

} // namespace kv::bench
