#include "actors/base/log.hpp"
#include "actors/otp/supervisor_state.hpp"

#include <algorithm>

// Invariants
// I1  `entries_` is in start order; ids are unique. It changes while nothing is
//     carried out, or at the end of what is, so plans may hold positions.
// I2  `names_` maps an id to a child exactly as long as it is `running`, that
//     is until the supervisor has got its down message.
// I3  Between two messages, `now_` has a value exactly while a child has been
//     asked to end and has not: `now_->what.stop[now_->next]`. It is the only
//     one, and was asked once.
// I4  What changes something and comes in meanwhile waits in `later_`.
// I5  A child that is `restarting` has a retry on its way (`attempt` is not 0),
//     or is started by the retry of another.
// I6  No links: children report their end, or are monitored.

namespace kv::otp {

namespace {

void ignore(const caf::error&) {
  // nop
}

} // namespace

std::vector<child_facts> supervisor_state::facts() const {
  std::vector<child_facts> result;
  result.reserve(entries_.size());
  for (auto& x : entries_)
    result.push_back({x->spec.restart, x->spec.significant, !x->is_stopped(),
                      x->now == phase::quarantined});
  return result;
}

// -- one thing after the other ------------------------------------------------

void supervisor_state::enqueue(std::function<void()> task) {
  later_.push_back(std::move(task));
  go_on();
}

void supervisor_state::go_on() {
  while (!later_.empty() && (!now_ || shutting_down_)) {
    auto task = std::move(later_.front());
    later_.pop_front();
    task();
  }
  settle_waiters();
}

void supervisor_state::carry_out(plan what, finish_function finish) {
  now_.emplace(operation{std::move(what), std::move(finish)});
  for (auto i : now_->what.start)
    if (!entries_[i].ptr)
      entries_[i].now = phase::restarting;
  proceed();
}

void supervisor_state::proceed() {
  for (auto& stop = now_->what.stop; now_->next < stop.size(); ++now_->next) {
    auto& x = entries_[stop[now_->next]];
    if (x.ptr) {
      ask_to_end(x);
      return;
    }
    set_stopped(x);
  }
  start_planned();
}

void supervisor_state::set_stopped(entry& x) {
  auto& start = now_->what.start;
  auto again = std::count(start.begin(), start.end(), entries_.position_of(x))
               > 0;
  x.now = again ? phase::restarting : phase::stopped;
  x.attempt = 0;
}

void supervisor_state::start_planned() {
  for (auto i : std::exchange(now_->what.start, {})) {
    auto& x = entries_[i];
    ++x.restarts;
    auto started = start(x);
    if (started)
      continue;
    report_crash(x.spec.id
                 + " could not be restarted: " + describe(started.error()));
    now_->failing = i;
    if (x.ptr) { // not before what it had started has ended
      now_->what.stop = {i};
      now_->next = 0;
      ask_to_end(x);
      return;
    }
    break;
  }
  conclude();
}

void supervisor_state::conclude() {
  auto done = std::move(*now_);
  now_.reset();
  if (done.failing) {
    auto& x = entries_[*done.failing];
    retry_after(x, next_delay(x.spec.backoff, x.failures));
  }
  auto& forget = done.what.forget;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
  for (auto i = forget.rbegin(); i != forget.rend(); ++i)
    entries_.erase(entries_[*i]);
  done.finish({});
}

// -- restarting ---------------------------------------------------------------

void supervisor_state::on_down(const caf::down_msg& msg) {
  auto* found = entries_.find(msg.source);
  if (found == nullptr)
    return;
  auto& x = *found;
  forget_name(x);
  entries_.set_actor(x, nullptr);
  x.reason = msg.reason;
  if (now_) {
    auto& stop = now_->what.stop;
    auto next = stop.begin() + static_cast<ptrdiff_t>(now_->next);
    auto pos = std::find(next, stop.end(), entries_.position_of(x));
    if (pos != stop.end()) {
      set_stopped(x);
      if (pos == next)
        proceed();
      go_on();
      return;
    }
  }
  x.now = phase::ended;
  enqueue([this, id = x.spec.id] {
    auto* y = entries_.find(id);
    if (y != nullptr && y->now == phase::ended && !shutting_down_)
      on_end(*y);
  });
}

void supervisor_state::on_end(entry& x) {
  record(x);
  auto what = judge(x.spec.restart, x.reason);
  if (what == verdict::restart) {
    restart(x);
    return;
  }
  x.now = phase::stopped;
  auto last = flags_.auto_shutdown != auto_shutdown::never
              && ends_supervisor(flags_.auto_shutdown, facts(),
                                 entries_.position_of(x));
  if (what == verdict::forget)
    entries_.erase(x);
  if (last)
    begin_shutdown(caf::exit_reason::user_shutdown);
}

void supervisor_state::record(const entry& x) {
  using std::chrono::milliseconds;
  if (!is_orderly(x.reason))
    report_crash(x.spec.id + " ended: " + describe(x.reason));
  if (!journal_)
    return;
  end_record end;
  end.who = x.spec.id;
  end.uptime = std::chrono::floor<milliseconds>(self_->clock().now() - x.since);
  end.restarts = x.restarts;
  journal_->add(std::move(end), x.reason);
}

void supervisor_state::restart(entry& x) {
  if (self_->clock().now() - x.since >= x.spec.backoff.stable)
    x.failures = 0;
  auto delay = next_delay(x.spec.backoff, x.failures);
  if (delay.count() == 0)
    restart_now(x);
  else
    retry_after(x, delay);
}

void supervisor_state::restart_now(entry& x) {
  auto& window = x.own ? *x.own : window_;
  if (window.record(self_->clock().now())) {
    // Without the others there is nothing to know of them.
    auto alone = flags_.strategy == strategy::one_for_one;
    carry_out(plan_restart(flags_.strategy,
                           alone ? std::vector<child_facts>{} : facts(),
                           entries_.position_of(x)),
              ignore);
    return;
  }
  if (x.own) {
    log::error(x.spec.id + " was restarted too often, it is quarantined");
    x.now = phase::quarantined;
    return;
  }
  log::error(x.spec.id + " was restarted too often, the supervisor gives up");
  begin_shutdown(caf::make_error(ec::max_restarts, x.spec.id));
}

void supervisor_state::retry_after(entry& x, std::chrono::milliseconds delay) {
  x.now = phase::restarting;
  x.attempt = ++attempts_;
  x.since = self_->clock().now() + delay;
  // By a message, so that everyone else is served between two attempts.
  if (delay.count() == 0)
    self_->send(self_, atom::restart_v, x.spec.id, x.attempt);
  else
    self_->delayed_send(self_, delay, atom::restart_v, x.spec.id, x.attempt);
}

void supervisor_state::retry(const std::string& id, uint64_t attempt) {
  auto* x = entries_.find(id);
  if (x != nullptr && x->now == phase::restarting && x->attempt == attempt
      && !shutting_down_)
    restart_now(*x);
}

void supervisor_state::cancel_restart(const entry& x) {
  for (auto& y : entries_) // as in OTP, those that would have followed stay
    if (y.get() == &x || (y->now == phase::restarting && y->attempt == 0))
      y->now = phase::stopped;
}

} // namespace kv::otp
