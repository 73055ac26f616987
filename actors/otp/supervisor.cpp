#include "actors/otp/supervisor.hpp"

#include "actors/otp/send.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_execution_unit.hpp>

#include <algorithm>
#include <stdexcept>

// Invariants
// I1  `entries_` is in start order; ids are unique.
// I2  `names_` maps an id to a child exactly as long as `ptr` is that child and
//     the supervisor has not handled its down message.
// I3  While shutting down nothing is started, and exactly one child at a time
//     has been asked to end, once: the last one that runs.
// I4  No links: children report their end, or are monitored.

namespace kv::otp {

namespace {

bool is_child(const caf::strong_actor_ptr& ptr, const caf::actor_addr& addr) {
  return ptr && ptr == caf::actor_cast<caf::strong_actor_ptr>(addr);
}

constexpr auto runs = [](const auto& x) { return x.ptr != nullptr; };

} // namespace

void supervisor_state::waiter::deliver(const caf::strong_actor_ptr& ptr) {
  if (done)
    done.deliver(ptr);
  else
    promise.deliver(ptr);
}

void supervisor_state::waiter::fail(const caf::error& reason) {
  if (done)
    done.deliver(reason);
  else
    promise.deliver(reason);
}

supervisor_state::supervisor_state(handle_type::pointer self,
                                   ets::writer<names_table> names,
                                   const init_function& init)
  : self_(self), names_(std::move(names)) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler(
    [this](caf::exit_msg& msg) { begin_shutdown(msg.reason); });
  auto blueprint = init(self_);
  window_ = restart_window{blueprint.flags.intensity, blueprint.flags.period};
  tables_ = std::move(blueprint.tables);
  try {
    start_all(std::move(blueprint.children));
  } catch (...) {
    kill_all();
    throw;
  }
}

supervisor_state::~supervisor_state() {
  kill_all();
  for (auto& x : waiters_)
    x.fail(caf::make_error(ec::shutting_down));
}

supervisor_actor::behavior_type supervisor_state::make_behavior() {
  return {
    [this](atom::which_children) {
      std::vector<child_info> result;
      // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
      for (auto i = entries_.rbegin(); i != entries_.rend(); ++i)
        result.push_back({i->spec.id, i->ptr, i->restarts});
      return result;
    },
    [this](atom::count_children) {
      auto active = std::count_if(entries_.begin(), entries_.end(), runs);
      return child_counts{entries_.size(), static_cast<uint64_t>(active)};
    },
    [this](atom::await, std::string& id) {
      auto rp = self_->make_response_promise<caf::strong_actor_ptr>();
      await({std::move(id), rp, {}});
      return rp;
    },
    [this](atom::await, std::string& id,
           const completion<caf::strong_actor_ptr>& done) {
      await({std::move(id), {}, done});
    },
    [this](atom::restart, const std::string& id) {
      if (auto i = find(id);
          i != entries_.end() && !i->ptr && !i->kept && !shutting_down_)
        try_restart(*i);
    },
    [this](atom::deadline, const caf::actor_addr& child) {
      on_deadline(child);
    },
  };
}

// -- starting -----------------------------------------------------------------

supervisor_state::entries::iterator
supervisor_state::find(const std::string& id) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [&](const entry& x) { return x.spec.id == id; });
}

void supervisor_state::start_all(std::vector<child_spec> children) {
  entries_.reserve(children.size());
  for (auto& spec : children) {
    if (find(spec.id) != entries_.end())
      throw std::invalid_argument("two children are called " + spec.id);
    entries_.push_back({std::move(spec), nullptr});
    if (auto err = start(entries_.back()))
      throw std::runtime_error("cannot start " + entries_.back().spec.id + ": "
                               + describe(err));
  }
}

caf::error supervisor_state::start(entry& x) {
  try {
    auto started = x.spec.start(self_);
    if (!started)
      return started.error();
    if (!started->ptr)
      return caf::make_error(ec::start_failed, x.spec.id + " gave no actor");
    x.ptr = std::move(started->ptr);
    if (!started->reports)
      self_->monitor(x.ptr);
  } catch (...) {
    return to_error(std::current_exception());
  }
  names_.insert({x.spec.id, x.ptr});
  auto mine = std::stable_partition(waiters_.begin(), waiters_.end(),
                                    [&](auto& w) { return w.id != x.spec.id; });
  for (auto i = mine; i != waiters_.end(); ++i)
    i->deliver(x.ptr);
  waiters_.erase(mine, waiters_.end());
  return {};
}

void supervisor_state::on_down(const caf::down_msg& msg) {
  auto i = std::find_if(entries_.begin(), entries_.end(),
                        [&](auto& x) { return is_child(x.ptr, msg.source); });
  if (i == entries_.end())
    return;
  forget_name(*i);
  i->ptr = nullptr;
  if (shutting_down_) {
    if (std::none_of(i, entries_.end(), runs)) // it was the one that was asked
      stop_next();
    return;
  }
  if (!is_orderly(msg.reason))
    log::warn(i->spec.id + " ended: " + describe(msg.reason));
  switch (judge(i->spec.restart, msg.reason)) {
    case verdict::restart:
      try_restart(*i);
      break;
    case verdict::keep:
      i->kept = true;
      break;
    case verdict::forget:
      entries_.erase(i);
      break;
  }
}

void supervisor_state::try_restart(entry& x) {
  if (!window_.record(self_->clock().now())) {
    log::error(x.spec.id + " was restarted too often, the supervisor gives up");
    begin_shutdown(caf::make_error(ec::max_restarts, x.spec.id));
    return;
  }
  ++x.restarts;
  if (auto err = start(x)) {
    log::error(x.spec.id + " could not be restarted: " + describe(err));
    // By a message, so that everyone else is served between two attempts.
    self_->send(self_, atom::restart_v, x.spec.id);
  }
}

void supervisor_state::await(waiter x) {
  auto i = find(x.id);
  if (shutting_down_)
    x.fail(caf::make_error(ec::shutting_down));
  else if (i == entries_.end() || i->kept)
    x.fail(caf::make_error(ec::no_such_child, x.id));
  else if (i->ptr)
    x.deliver(i->ptr);
  else
    waiters_.push_back(std::move(x));
}

// -- stopping -----------------------------------------------------------------

void supervisor_state::begin_shutdown(const caf::error& reason) {
  if (shutting_down_)
    return;
  shutting_down_ = true;
  exit_reason_ = reason;
  for (auto& x : std::exchange(waiters_, {}))
    x.fail(caf::make_error(ec::shutting_down));
  stop_next();
}

void supervisor_state::stop_next() {
  auto i = std::find_if(entries_.rbegin(), entries_.rend(), runs);
  if (i == entries_.rend()) {
    self_->quit(exit_reason_);
    return;
  }
  auto deadline = i->spec.shutdown.deadline;
  if (deadline == std::chrono::milliseconds::zero()) {
    send_exit(self_, i->ptr, caf::exit_reason::kill);
    return;
  }
  send_exit(self_, i->ptr, caf::exit_reason::user_shutdown);
  if (deadline != std::chrono::milliseconds::max())
    self_->delayed_send(self_, deadline, atom::deadline_v,
                        caf::actor_cast<caf::actor_addr>(i->ptr));
}

void supervisor_state::on_deadline(const caf::actor_addr& child) {
  for (auto& x : entries_)
    if (is_child(x.ptr, child)) {
      log::error(x.spec.id + " did not end in time and is killed");
      send_exit(self_, x.ptr, caf::exit_reason::kill);
    }
}

void supervisor_state::kill_all() noexcept {
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no std::views
  for (auto i = entries_.rbegin(); i != entries_.rend(); ++i) {
    forget_name(*i);
    send_exit(self_, i->ptr, caf::exit_reason::kill);
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

// -- roots --------------------------------------------------------------------

caf::expected<supervisor_actor> start_root(caf::actor_system& sys,
                                           ets::writer<names_table> names,
                                           const init_function& init) {
  caf::error failure;
  auto result = sys.spawn<state_actor<supervisor_state>>(
    supervised{nullptr, &failure}, std::move(names), init);
  if (failure)
    return failure;
  return result;
}

} // namespace kv::otp
