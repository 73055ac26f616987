#pragma once

#include "actors/kv/registry.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace kv::test {

/// What a handler heard, and whether the names table had that very entry then.
struct heard_event {
  bucket_event event;
  bool entry_present = false;
};

/// An event handler that keeps what it hears (the guide's `Forwarder`).
/// Thread safety: any thread. Outlives its handler.
class event_recorder {
public:
  explicit event_recorder(ets::reader<bucket_names> names)
    : state_(std::make_shared<state>()) {
    state_->names = std::move(names);
  }

  /// Returns a behavior to be added to an event manager.
  caf::behavior make_behavior() const {
    return {
      [ptr = state_](atom::event, uint64_t n, const bucket_event& x) {
        ptr->hear(x);
        return otp::ack(n);
      },
    };
  }

  std::vector<heard_event> events() const {
    std::lock_guard guard{state_->mtx};
    return state_->events;
  }

  /// Returns the first event of that kind and bucket, waiting for it at most
  /// `timeout`.
  std::optional<heard_event> await(event_kind kind, const bucket_actor& bucket,
                                   std::chrono::milliseconds timeout) const {
    std::unique_lock guard{state_->mtx};
    std::optional<heard_event> result;
    state_->arrived.wait_for(guard, timeout, [&] {
      result = state_->find(kind, bucket);
      return result.has_value();
    });
    return result;
  }

private:
  struct state {
    void hear(const bucket_event& x) {
      auto present = false;
      if (names)
        names.visit(x.name, [&](const bucket_entry& entry) {
          present = entry.bucket.actor == x.bucket;
        });
      std::lock_guard guard{mtx};
      events.push_back({x, present});
      arrived.notify_all();
    }

    std::optional<heard_event> find(event_kind kind,
                                    const bucket_actor& bucket) const {
      for (auto& x : events)
        if (x.event.kind == kind && x.event.bucket == bucket)
          return x;
      return std::nullopt;
    }

    ets::reader<bucket_names> names;
    mutable std::mutex mtx;
    mutable std::condition_variable arrived;
    std::vector<heard_event> events;
  };

  std::shared_ptr<state> state_;
};

} // namespace kv::test
