#include "actors/otp/supervisor_state.hpp"

// See supervisor_run.cpp for the invariants.

namespace kv::otp {

namespace {

caf::error unknown(const std::string& id) {
  return caf::make_error(ec::no_such_child, id);
}

} // namespace

std::string to_string(child_status x) {
  switch (x) {
    case child_status::running:
      return "running";
    case child_status::restarting:
      return "restarting";
    case child_status::stopped:
      return "stopped";
    case child_status::quarantined:
      return "quarantined";
  }
  return "invalid";
}

void supervisor_state::show(inspection& out) const {
  out.children = which_children();
  out.children_total = out.children.size();
  if (out.children.size() > inspection::most_children)
    out.children.resize(inspection::most_children);
  auto recent = window_.recent(self_->clock().now());
  out.state = to_string(flags_.strategy) + ", " + std::to_string(recent)
              + " of at most " + std::to_string(flags_.intensity)
              + " restarts in " + std::to_string(flags_.period.count()) + " ms";
  out.journal = journal_;
  if (now_ && now_->next < now_->what.stop.size())
    out.state += ", stopping " + entries_[now_->what.stop[now_->next]].spec.id;
  for (auto& x : entries_)
    if (x->ptr)
      ++out.monitoring;
}

std::vector<child_info> supervisor_state::which_children() const {
  using std::chrono::milliseconds;
  auto now = self_->clock().now();
  std::vector<child_info> result;
  result.reserve(entries_.size());
  for (auto i = entries_.size(); i-- > 0;) {
    auto& y = entries_[i];
    child_info x{y.spec.id, nullptr, y.restarts, child_status::restarting,
                 y.spec.type};
    if (y.now == phase::running) {
      x.status = child_status::running;
      x.ptr = y.ptr;
      x.uptime = std::chrono::floor<milliseconds>(now - y.since);
    } else if (y.now == phase::stopped) {
      x.status = child_status::stopped;
    } else if (y.now == phase::quarantined) {
      x.status = child_status::quarantined;
    } else if (y.attempt != 0 && y.since > now) {
      x.retry_in = std::chrono::ceil<milliseconds>(y.since - now);
    }
    result.push_back(std::move(x));
  }
  return result;
}

child_counts supervisor_state::count_children() const {
  child_counts result;
  for (auto& x : entries_) {
    ++result.specs;
    if (x->now == phase::running)
      ++result.active;
    ++(x->spec.type == child_type::worker ? result.workers
                                          : result.supervisors);
  }
  return result;
}

void supervisor_state::start_child(child_spec spec,
                                   const completion<child>& done) {
  if (shutting_down_)
    return done.deliver(caf::make_error(ec::shutting_down));
  if (auto err = check(spec))
    return done.deliver(err);
  if (auto* x = entries_.find(spec.id))
    return done.deliver(x->is_stopped() || x->now == phase::restarting
                          ? caf::make_error(ec::already_present, spec.id)
                          : caf::make_error(ec::already_started, x->ptr));
  auto& x = entries_.add(std::move(spec));
  start_on_request(x, done, false);
}

void supervisor_state::restart_child(const std::string& id,
                                     const completion<child>& done) {
  if (shutting_down_)
    return done.deliver(caf::make_error(ec::shutting_down));
  auto* x = entries_.find(id);
  if (x == nullptr)
    return done.deliver(unknown(id));
  if (x->is_stopped()) {
    x->own = nullptr;
    x->failures = 0;
    return start_on_request(*x, done, true);
  }
  done.deliver(caf::make_error(
    x->now == phase::restarting ? ec::restarting : ec::running, id));
}

void supervisor_state::start_on_request(entry& x, const completion<child>& done,
                                        bool keep) {
  auto started = start(x);
  auto temporary = x.spec.restart == restart::temporary;
  if (started && !(started->ignored && temporary))
    return done.deliver(std::move(started));
  plan rest;
  rest.stop.push_back(entries_.position_of(x));
  if (!keep || temporary)
    rest.forget = rest.stop;
  carry_out(rest, [done, started](const caf::error& interrupted) {
    done.deliver(interrupted ? interrupted : started);
  });
}

void supervisor_state::terminate_child(const std::string& id,
                                       const completion<caf::ok_atom>& done) {
  if (shutting_down_)
    return done.deliver(caf::make_error(ec::shutting_down));
  auto* x = entries_.find(id);
  if (x == nullptr)
    return done.deliver(unknown(id));
  if (x->now == phase::restarting)
    cancel_restart(*x);
  plan rest;
  rest.stop.push_back(entries_.position_of(*x));
  if (x->spec.restart == restart::temporary)
    rest.forget = rest.stop;
  carry_out(rest, [done](const caf::error& interrupted) {
    if (interrupted)
      done.deliver(interrupted);
    else
      done.deliver(caf::ok_atom_v);
  });
}

void supervisor_state::delete_child(const std::string& id,
                                    const completion<caf::ok_atom>& done) {
  if (shutting_down_)
    return done.deliver(caf::make_error(ec::shutting_down));
  auto* x = entries_.find(id);
  if (x == nullptr)
    return done.deliver(unknown(id));
  if (!x->is_stopped())
    return done.deliver(caf::make_error(
      x->now == phase::restarting ? ec::restarting : ec::running, id));
  entries_.erase(*x);
  done.deliver(caf::ok_atom_v);
}

void supervisor_state::await(waiter x) {
  if (shutting_down_) {
    x.done.deliver(caf::make_error(ec::shutting_down));
    return;
  }
  waiters_.push_back(std::move(x));
  settle_waiters();
}

void supervisor_state::settle_waiters() {
  for (size_t i = 0; i < waiters_.size();) {
    auto* child = entries_.find(waiters_[i].id);
    auto gone = child == nullptr || child->is_stopped();
    if (!gone && child->now != phase::running) {
      ++i;
      continue;
    }
    auto x = std::move(waiters_[i]);
    waiters_.erase(waiters_.begin() + static_cast<ptrdiff_t>(i));
    if (gone)
      x.done.deliver(
        caf::make_error(child != nullptr && child->now == phase::quarantined
                          ? ec::quarantined
                          : ec::no_such_child,
                        x.id));
    else
      x.done.deliver(child->ptr);
  }
}

} // namespace kv::otp
