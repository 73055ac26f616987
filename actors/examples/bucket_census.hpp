#pragma once

#include "actors/kv/registry.hpp"
#include "actors/otp/names.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <stdexcept>

namespace kv::examples {

/// A BUCKET CENSUS is an event handler: it counts the buckets that live.
using bucket_census_actor = caf::typed_actor<
  // What the event manager tells.
  caf::replies_to<atom::event, uint64_t, bucket_event>::with<atom::ack,
                                                             uint64_t>,
  // Returns how many live, of those created since this started.
  caf::replies_to<atom::get>::with<int64_t>>;

class bucket_census_state {
public:
  using handle_type = bucket_census_actor;

  static constexpr const char* name = "examples.bucket_census";

  /// Adds itself to the event manager of the application, which tells its
  /// successors of it.
  explicit bucket_census_state(handle_type::pointer self) {
    auto manager = otp::whereis<otp::event_manager_actor>(
      ets::whereis<otp::names_table>("kv.names"),
      registry_state::event_manager_id);
    if (!manager)
      throw std::runtime_error("no event manager runs");
    caf::anon_send(manager, atom::add_handler_v,
                   caf::actor_cast<caf::actor>(self));
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::event, uint64_t n, const bucket_event& x) {
        hear(x);
        return otp::ack(n);
      },
      [this](atom::get) { return living_; },
    };
  }

private:
  void hear(const bucket_event& x) {
    if (x.number <= last_)
      return; // told again after a restart of the registry
    last_ = x.number;
    living_ += x.kind == event_kind::create ? 1 : -1;
  }

  uint64_t last_ = 0;
  int64_t living_ = 0;
};

} // namespace kv::examples
