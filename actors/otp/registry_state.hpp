#pragma once

#include "actors/otp/alive.hpp"
#include "actors/otp/bounded_line.hpp"
#include "actors/otp/inspection.hpp"
#include "actors/otp/registry_actor.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
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

  /// Where an entry of an actor is.
  struct location {
    key_type key;
    uint32_t place;
  };

  using locations = std::vector<location>;

  /// Hashes actors by their id, and finds those of which only the address is
  /// left.
  struct by_actor {
    using is_transparent = void;

    template <class T>
    size_t operator()(const T& x) const {
      return boost::hash<caf::actor_id>{}(x ? x->id() : 0);
    }

    size_t operator()(const caf::actor_addr& x) const {
      return boost::hash<caf::actor_id>{}(x.id());
    }

    template <class T, class U>
    bool operator()(const T& x, const U& y) const {
      return x == y;
    }
  };

  using owners = boost::unordered_flat_map<caf::strong_actor_ptr, locations,
                                           by_actor, by_actor>;

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

  key_list<Keys> keys_of(const caf::strong_actor_ptr& who) const;

  /// Removes an entry of an actor there, and tells the listeners.
  template <class Pred>
  bool erase(const caf::strong_actor_ptr& who, const location& x, Pred pred);

  void on_down(const caf::actor_addr& who);

  void await(awaited_key<Keys>& x, completion<caf::strong_actor_ptr> done);

  void sweep();

  void arm(clock::time_point until);

  template <class... Ts>
  void tell_listeners(const Ts&... xs);

  pointer self_;
  registry_options<Keys> options_;
  typename Keys::writer entries_;
  owners owners_;
  key_map<key_type, std::vector<waiter>> waiting_;
  clock::time_point armed_ = clock::time_point::max();
  std::vector<bounded_line> lines_; ///< To the listeners.
};

} // namespace kv::otp

#include "actors/otp/registry_state_impl.hpp"
