#include "actors/otp/answer_by.hpp"
#include "actors/otp/supervisor_state.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>

// How it begins; supervisor_requests.cpp has what it answers,
// supervisor_run.cpp what it does, and the invariants.

namespace kv::otp {

// -- the beginning ------------------------------------------------------------

supervisor_state::supervisor_state(handle_type::pointer self,
                                   ets::writer<names_table> names,
                                   const init_function& init)
  : self_(self), names_(std::move(names)) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler(
    [this](caf::exit_msg& msg) { begin_shutdown(msg.reason); });
  auto blueprint = init(self_);
  flags_ = blueprint.flags;
  window_ = restart_window{flags_.intensity, flags_.period};
  tables_ = std::move(blueprint.tables);
  journal_ = std::move(blueprint.journal);
  try {
    start_all(std::move(blueprint.children));
  } catch (...) {
    kill_all();
    throw;
  }
}

void supervisor_state::start_all(std::vector<child_spec> children) {
  std::set<std::string> ids;
  for (auto& x : children) {
    if (!ids.insert(x.id).second)
      throw std::invalid_argument("two children are called " + x.id);
    if (auto err = check(x))
      throw std::invalid_argument(describe(err));
  }
  for (auto& spec : children) {
    auto& x = entries_.add(std::move(spec));
    auto started = start(x);
    if (!started) {
      start_failure_ = caf::make_error(ec::start_failed,
                                       "cannot start " + x.spec.id + ": "
                                         + describe(started.error()));
      begin_shutdown(start_failure_);
      return;
    }
    if (started->ignored && x.spec.restart == restart::temporary)
      entries_.erase(x);
  }
}

caf::error supervisor_state::check(const child_spec& x) const {
  if (!x.start)
    return caf::make_error(ec::badarg, x.id + " has no start function");
  if (x.significant && x.restart == restart::permanent)
    return caf::make_error(ec::badarg, x.id + " is permanent and significant");
  if (x.significant && flags_.auto_shutdown == auto_shutdown::never)
    return caf::make_error(ec::badarg,
                           x.id + " is significant without auto_shutdown");
  return {};
}

supervisor_actor::behavior_type supervisor_state::make_behavior() {
  runs_ = true;
  if (shutting_down_ && !now_)
    self_->quit(exit_reason_);
  return {
    [this](atom::start_child, child_spec& spec) {
      auto rp = self_->make_response_promise<child>();
      enqueue([this, spec = std::move(spec), done = answer_by(rp)]() mutable {
        start_child(std::move(spec), done);
      });
      return rp;
    },
    [this](atom::terminate_child, std::string& id) {
      auto rp = self_->make_response_promise<caf::ok_atom>();
      enqueue([this, id = std::move(id), done = answer_by(rp)] {
        terminate_child(id, done);
      });
      return rp;
    },
    [this](atom::restart_child, std::string& id) {
      auto rp = self_->make_response_promise<child>();
      enqueue([this, id = std::move(id), done = answer_by(rp)] {
        restart_child(id, done);
      });
      return rp;
    },
    [this](atom::delete_child, std::string& id) {
      auto rp = self_->make_response_promise<caf::ok_atom>();
      enqueue([this, id = std::move(id), done = answer_by(rp)] {
        delete_child(id, done);
      });
      return rp;
    },
    [this](atom::get_child_spec,
           const std::string& id) -> caf::result<child_spec> {
      if (auto* x = entries_.find(id))
        return x->spec;
      return caf::make_error(ec::no_such_child, id);
    },
    [this](atom::which_children) { return which_children(); },
    [this](atom::count_children) { return count_children(); },
    [this](atom::await, std::string& id) {
      auto rp = self_->make_response_promise<caf::strong_actor_ptr>();
      await({std::move(id), answer_by(rp)});
      return rp;
    },
    [this](atom::await, std::string& id,
           const completion<caf::strong_actor_ptr>& done) {
      await({std::move(id), done});
    },
    [this](atom::restart, const std::string& id, uint64_t attempt) {
      enqueue([=, this] { retry(id, attempt); });
    },
    [this](atom::deadline, const caf::actor_addr& child) {
      on_deadline(child);
    },
  };
}

// -- children -----------------------------------------------------------------

caf::expected<child> supervisor_state::start(entry& x) {
  x.now = phase::stopped;
  x.attempt = 0;
  if (names_.member(x.spec.id)) // of another supervisor's child
    return caf::make_error(ec::name_taken, x.spec.id);
  caf::expected<child> started{child{}};
  try {
    started = x.spec.start(self_);
    if (!started || started->ignored)
      return started;
    if (!started->ptr)
      return caf::make_error(ec::start_failed, x.spec.id + " gave no actor");
    entries_.set_actor(x, started->ptr);
    if (!started->reports)
      self_->monitor(x.ptr);
  } catch (...) {
    return to_error(std::current_exception());
  }
  if (!started->failure && !names_.insert_new({x.spec.id, x.ptr}))
    started->failure = caf::make_error(ec::name_taken, x.spec.id);
  if (started->failure) {
    x.now = phase::ending;
    return std::move(started->failure);
  }
  x.now = phase::running;
  x.since = self_->clock().now();
  if (x.spec.quarantine && !x.own)
    x.own = std::make_unique<restart_window>(flags_.intensity, flags_.period);
  return started;
}

// -- roots and branches -------------------------------------------------------

child_spec supervisor_spec(std::string id, ets::writer<names_table> names,
                           init_function init, restart policy) {
  return {std::move(id),
          starts<supervisor_state>(std::move(names), std::move(init)), policy,
          shutdown::infinity(), child_type::supervisor};
}

caf::expected<supervisor_actor> start_root(caf::actor_system& sys,
                                           ets::writer<names_table> names,
                                           const init_function& init) {
  start_report report;
  auto result = sys.spawn<state_actor<supervisor_state>>(
    supervised{nullptr, &report}, std::move(names), init);
  if (report.failure)
    return report.failure;
  return result;
}

} // namespace kv::otp
