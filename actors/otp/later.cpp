#include "actors/otp/later.hpp"

#include "actors/base/atoms.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <utility>

namespace kv::otp {

void later::call(caf::actor_system& sys, std::chrono::milliseconds delay,
                 std::function<void()> f) {
  std::lock_guard guard{mtx_};
  if (off_)
    return;
  timer_ = sys.spawn([delay, f = std::move(f)](caf::event_based_actor* self) {
    self->delayed_send(self, delay, atom::deadline_v);
    return caf::behavior{[self, f](atom::deadline) {
      self->quit();
      f();
    }};
  });
}

void later::call_off() {
  caf::actor timer;
  {
    std::lock_guard guard{mtx_};
    off_ = true;
    timer = std::exchange(timer_, nullptr);
  }
  if (timer)
    caf::anon_send_exit(timer, caf::exit_reason::user_shutdown);
}

} // namespace kv::otp
