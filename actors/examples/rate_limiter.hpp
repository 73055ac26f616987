#pragma once

#include "actors/base/atoms.hpp"
#include "actors/ets/table.hpp"

#include <caf/actor_clock.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace kv::examples {

/// A RATE LIMITER gives each client tokens at a steady rate, and lets it save a
/// few (a token bucket).
using rate_limiter_actor = caf::typed_actor<
  // Takes a token of that client; returns whether there was one.
  caf::replies_to<atom::get, std::string>::with<bool>>;

struct rate {
  double tokens_per_second = 10;
  double saved = 20; ///< At most.
};

class rate_limiter_state {
public:
  using handle_type = rate_limiter_actor;

  static constexpr const char* name = "examples.rate_limiter";

  explicit rate_limiter_state(handle_type::pointer self, rate limit = {})
    : self_(self), limit_(limit) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::get, const std::string& client) { return take(client); },
    };
  }

private:
  using time_point = caf::actor_clock::time_point;

  struct account {
    std::string client;
    double tokens = 0;
    time_point at{}; ///< When it had so many.
  };

  bool take(const std::string& client) {
    auto now = self_->clock().now();
    auto x
      = accounts_.lookup(client).value_or(account{client, limit_.saved, now});
    const std::chrono::duration<double> gone = now - x.at;
    x.tokens = std::min(limit_.saved,
                        x.tokens + gone.count() * limit_.tokens_per_second);
    x.at = now;
    auto result = x.tokens >= 1;
    x.tokens -= result ? 1 : 0;
    accounts_.insert(x);
    return result;
  }

  handle_type::pointer self_;
  rate limit_;
  ets::owner<ets::set<account, &account::client>> accounts_;
};

} // namespace kv::examples
