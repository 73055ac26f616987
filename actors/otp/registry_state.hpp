#pragma once

#include "actors/otp/alive.hpp"
#include "actors/otp/bounded_line.hpp"
#include "actors/otp/inspection.hpp"
#include "actors/otp/registry_actor.hpp"
#include "actors/otp/registry_entries.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace kv::otp {

template <class Keys>
class registry_state {
public:
  using handle_type = registry_actor<Keys>;
  using pointer = typename handle_type::pointer;

  static constexpr const char* name = "otp.registry";

  /// Monitors whoever is in the table.
  registry_state(pointer self, registry_options<Keys> options);

  typename handle_type::behavior_type make_behavior();

  /// Complexity: linear in the actors that are registered.
  void show(inspection& out) const;

  uint32_t mailbox_limit() const noexcept {
    return options_.mailbox_limit;
  }

  /// Answers a request of somebody who is no actor.
  static bool refuse(caf::type_erased_tuple& content, const caf::error& reason);

private:
  using key_type = typename Keys::key_type;
  using entry = typename Keys::entry;
  using clock = std::chrono::steady_clock;

  struct waiter {
    completion<caf::strong_actor_ptr> done;
    clock::time_point until;
  };

  template <class T>
  bool is_late(const completion<T>& x) const {
    return x.drop_if_late(self_->clock().now());
  }

  caf::error add(registration<Keys>& x);

  uint64_t remove(const unregistration<Keys>& x);

  uint64_t update(const registration<Keys>& x);

  void on_down(const caf::actor_addr& who);

  void await(awaited_key<Keys>& x, completion<caf::strong_actor_ptr> done);

  void sweep();

  void arm(clock::time_point until);

  template <class... Ts>
  void tell_listeners(const Ts&... xs);

  void tell_gone(const key_type& key, const caf::strong_actor_ptr& who);

  pointer self_;
  registry_options<Keys> options_;
  registry_entries<Keys> entries_;
  key_map<key_type, std::vector<waiter>> waiting_;
  clock::time_point armed_ = clock::time_point::max();
  std::vector<bounded_line> lines_; ///< To the listeners.
};

} // namespace kv::otp

#include "actors/otp/registry_state_impl.hpp"
