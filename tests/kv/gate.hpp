#pragma once

#include "actors/kv/events.hpp"
#include "actors/otp/event_manager.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace kv::test {

/// An event handler that acknowledges only when a test says so.
class gate {
public:
  using promise = caf::typed_response_promise<atom::ack, uint64_t>;

  explicit gate(caf::actor_system& sys) : state_(std::make_shared<state>()) {
    handler_ = sys.spawn(make_behavior, state_);
  }

  const caf::actor& handler() const {
    return handler_;
  }

  /// Acknowledges what it holds and everything from now on, once it runs.
  void open() {
    caf::anon_send(handler_, caf::flush_atom_v);
  }

  const std::vector<bucket_event>& heard() const {
    return state_->heard;
  }

private:
  struct state {
    bool open = false;
    std::vector<bucket_event> heard;
    std::vector<std::pair<uint64_t, promise>> held;
  };

  static caf::behavior make_behavior(caf::event_based_actor* self,
                                     const std::shared_ptr<state>& ptr) {
    return {
      [self, ptr](atom::event, uint64_t n,
                  const bucket_event& x) -> otp::event_ack {
        ptr->heard.push_back(x);
        if (ptr->open)
          return otp::ack(n);
        auto result = self->make_response_promise<atom::ack, uint64_t>();
        ptr->held.emplace_back(n, result);
        return result;
      },
      [ptr](caf::flush_atom) {
        ptr->open = true;
        for (auto& [n, promise] : std::exchange(ptr->held, {}))
          promise.deliver(atom::ack_v, n);
      },
    };
  }

  std::shared_ptr<state> state_;
  caf::actor handler_;
};

} // namespace kv::test
