#include "actors/base/log.hpp"
#include "actors/otp/send.hpp"
#include "actors/otp/supervisor_state.hpp"

#include <algorithm>

// See supervisor_run.cpp for the invariants.

namespace kv::otp {

supervisor_state::~supervisor_state() {
  kill_all();
  auto reason = caf::make_error(ec::shutting_down);
  for (auto& x : waiters_)
    x.done.deliver(reason);
  if (now_)
    now_->finish(reason);
  shutting_down_ = true; // what is left says so
  for (auto& task : std::exchange(later_, {}))
    task();
}

void supervisor_state::begin_shutdown(const caf::error& reason) {
  if (shutting_down_)
    return;
  shutting_down_ = true;
  exit_reason_ = reason;
  auto interrupted = std::exchange(now_, std::nullopt);
  now_.emplace(operation{plan_shutdown(entries_.size()), [this](auto& killed) {
                           if (!killed && runs_)
                             self_->quit(exit_reason_);
                         }});
  auto stopping = caf::make_error(ec::shutting_down);
  for (auto& x : std::exchange(waiters_, {}))
    x.done.deliver(stopping);
  if (!interrupted) {
    proceed();
    return;
  }
  // The one that has been asked to end comes first, and is not asked again.
  auto& stop = now_->what.stop;
  auto asked = std::find(stop.begin(), stop.end(),
                         interrupted->what.stop[interrupted->next]);
  std::rotate(stop.begin(), asked, asked + 1);
  interrupted->finish(stopping);
  go_on();
}

void supervisor_state::ask_to_end(const entry& x) {
  auto deadline = x.spec.shutdown.deadline;
  if (deadline == std::chrono::milliseconds::zero()) {
    send_exit(self_, x.ptr, caf::exit_reason::kill);
    return;
  }
  send_exit(self_, x.ptr, caf::exit_reason::user_shutdown);
  if (deadline != std::chrono::milliseconds::max())
    self_->delayed_send(self_, deadline, atom::deadline_v,
                        caf::actor_cast<caf::actor_addr>(x.ptr));
}

void supervisor_state::on_deadline(const caf::actor_addr& child) {
  if (auto* x = entries_.find(child)) {
    log::error(x->spec.id + " did not end in time and is killed");
    send_exit(self_, x->ptr, caf::exit_reason::kill);
  }
}

void supervisor_state::kill_all() noexcept {
  for (auto i = entries_.size(); i-- > 0;) {
    forget_name(entries_[i]);
    send_exit(self_, entries_[i].ptr, caf::exit_reason::kill);
  }
}

void supervisor_state::forget_name(const entry& x) noexcept {
  if (!x.ptr)
    return;
  try {
    names_.erase_if(x.spec.id,
                    [&](const name_entry& y) { return y.actor == x.ptr; });
  } catch (const ets::error&) {
    // The table is closed: nobody is called anything any more.
  }
}

} // namespace kv::otp
