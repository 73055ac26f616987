#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <mutex>

namespace kv::otp {

/// Calls a function after a while, unless that is called off.
/// Thread safety: any thread.
class later {
public:
  /// Calls `f` once, on some thread. Once per object.
  void call(caf::actor_system& sys, std::chrono::milliseconds delay,
            std::function<void()> f);

  /// Does not wait for a call that is under way.
  void call_off();

private:
  std::mutex mtx_;
  caf::actor timer_;
  bool off_ = false;
};

} // namespace kv::otp
