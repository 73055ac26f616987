#pragma once

#include "actors/otp/child_spec.hpp"
#include "actors/otp/restart_window.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kv::otp {

/// A child as its supervisor sees it.
struct supervisor_child {
  enum class phase : uint8_t {
    running,
    ending,     ///< Its start has failed, but it still stops its own children.
    ended,      ///< By itself; what this means is decided when it is its turn.
    restarting, ///< It was to be started and could not be, yet.
    stopped,
    quarantined,
  };

  using time_point = std::chrono::steady_clock::time_point;

  child_spec spec;
  uint64_t number = 0; ///< Ascends in start order.
  caf::strong_actor_ptr ptr = nullptr;
  phase now = phase::stopped;
  uint64_t restarts = 0;
  uint64_t attempt = 0; ///< Of the retry that is due, if one is.
  caf::error reason = {};
  uint64_t failures = 0; ///< Restarts since it last was stable.
  time_point since = {}; ///< When it started, or is to be started again.
  std::unique_ptr<restart_window> own = nullptr; ///< If it has quarantine.

  bool is_stopped() const noexcept {
    return now == phase::stopped || now == phase::quarantined;
  }
};

/// The children of a supervisor in start order, found by position, id or actor.
/// A child stays where it is in memory until it is erased.
/// Complexity: O(1) unless said. Thread safety: none.
class supervisor_children {
public:
  size_t size() const noexcept {
    return all_.size();
  }

  supervisor_child& operator[](size_t position) const {
    return *all_[position];
  }

  /// Iterators over pointers to children.
  auto begin() const noexcept {
    return all_.begin();
  }

  auto end() const noexcept {
    return all_.end();
  }

  /// Returns null if there is none.
  supervisor_child* find(std::string_view id) const;

  /// The same for the child that this actor is.
  supervisor_child* find(const caf::actor_addr& who) const;

  /// Complexity: O(log n).
  size_t position_of(const supervisor_child& x) const;

  /// Adds one after all others. @pre None has that id.
  supervisor_child& add(child_spec spec);

  /// Complexity: a move of a pointer for each one that comes after it.
  void erase(supervisor_child& x);

  /// Says that `x` is this actor from now on; null if none any more.
  void set_actor(supervisor_child& x, caf::strong_actor_ptr who);

private:
  /// Hashes actors by their id, which those of other nodes may have too.
  struct by_actor {
    using is_transparent = void;

    size_t operator()(const supervisor_child* x) const {
      return boost::hash<caf::actor_id>{}(x->ptr->id());
    }

    size_t operator()(const caf::actor_addr& x) const {
      return boost::hash<caf::actor_id>{}(x.id());
    }

    bool operator()(const supervisor_child* x,
                    const supervisor_child* y) const {
      return x == y;
    }

    bool operator()(const caf::actor_addr& x, const supervisor_child* y) const {
      return y->ptr == x;
    }

    bool operator()(const supervisor_child* x, const caf::actor_addr& y) const {
      return x->ptr == y;
    }
  };

  std::vector<std::unique_ptr<supervisor_child>> all_;
  boost::unordered_flat_map<std::string_view, supervisor_child*> by_id_;
  boost::unordered_flat_set<supervisor_child*, by_actor, by_actor> by_actor_;
  uint64_t numbers_ = 0;
};

} // namespace kv::otp
