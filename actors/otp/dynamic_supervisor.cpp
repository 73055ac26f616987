#include "actors/otp/dynamic_supervisor.hpp"

#include "actors/base/log.hpp"
#include "actors/otp/direct_behavior.hpp"
#include "actors/otp/observed.hpp"
#include "actors/otp/send.hpp"
#include "actors/otp/strategy.hpp"

#include <optional>
#include <utility>

namespace kv::otp {

namespace {

std::chrono::milliseconds uptime(caf::local_actor* self,
                                 std::chrono::steady_clock::time_point since) {
  return std::chrono::floor<std::chrono::milliseconds>(self->clock().now()
                                                       - since);
}

} // namespace

child_spec dynamic_supervisor_spec(std::string id, tagged_start_function start,
                                   dynamic_options options, restart policy) {
  return {std::move(id),
          starts<dynamic_supervisor_state>(std::move(start),
                                           std::move(options)),
          policy, shutdown::infinity(), child_type::supervisor};
}

dynamic_supervisor_state::dynamic_supervisor_state(handle_type::pointer self,
                                                   tagged_start_function start,
                                                   dynamic_options options)
  : self_(self),
    start_(std::move(start)),
    options_(std::move(options)),
    window_(options_.intensity, options_.period) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler(
    [this](caf::exit_msg& msg) { begin_shutdown(msg.reason); });
}

dynamic_supervisor_state::~dynamic_supervisor_state() {
  send_exit_to_all(caf::exit_reason::kill);
  for (auto& [id, waiting] : stopping_)
    for (auto& x : waiting)
      x.deliver(caf::make_error(ec::shutting_down));
}

dynamic_supervisor_actor::behavior_type
dynamic_supervisor_state::make_behavior() {
  return otp::direct_behavior<handle_type>(
    [this](atom::start_child, uint64_t ref,
           const std::string& tag) -> caf::result<atom::started, start_result> {
      return {atom::started_v, start_on_request(ref, tag)};
    },
    [this](atom::terminate_child, const caf::strong_actor_ptr& child) {
      auto rp = self_->make_response_promise<caf::ok_atom>();
      terminate(child, rp);
      return rp;
    },
    [this](atom::which_children) {
      return std::vector<caf::strong_actor_ptr>(children_.begin(),
                                                children_.end());
    },
    [this](atom::count_children) {
      auto all = children_.size() + restarting_.size();
      return child_counts{all, children_.size(), 0, all};
    },
    [this](atom::restart, uint64_t attempt) {
      if (auto i = restarting_.find(attempt); i != restarting_.end()) {
        auto child = std::move(i->second);
        restarting_.erase(i);
        restart(std::move(child));
      }
    },
    [this](atom::deadline, const caf::actor_addr& child) {
      if (auto i = children_.find(child.id()); i != children_.end())
        send_exit(self_, *i, caf::exit_reason::kill);
    },
    [this](atom::deadline) {
      if (!shutting_down_)
        return;
      log::error(std::to_string(children_.size())
                 + " children did not end in time and are killed");
      send_exit_to_all(caf::exit_reason::kill);
    });
}

void dynamic_supervisor_state::show(inspection& out) const {
  out.journal = options_.journal;
  out.monitoring = children_.size();
  out.children_total = children_.size() + restarting_.size();
  for (auto& x : children_) {
    if (out.children.size() == inspection::most_children)
      break;
    auto& info = out.children.emplace_back(
      child_info{"actor " + std::to_string(x->id()), x});
    info.uptime = observed::uptime(x, self_->clock().now());
    if (auto i = lasting_.find(x->id()); i != lasting_.end()) {
      info.id = i->second.tag;
      info.restarts = i->second.restarts;
      info.uptime = uptime(self_, i->second.since);
    }
  }
  out.state = std::to_string(children_.size()) + " children run, "
              + std::to_string(restarting_.size()) + " are to be restarted, "
              + std::to_string(stopping_.size()) + " are being stopped";
}

// -- starting -----------------------------------------------------------------

start_result
dynamic_supervisor_state::start_on_request(uint64_t ref,
                                           const std::string& tag) {
  if (shutting_down_)
    return {ref, nullptr, {}, caf::make_error(ec::shutting_down)};
  if (children_.size() + restarting_.size() >= options_.max_children)
    return {ref, nullptr, {}, caf::make_error(ec::max_children)};
  return start(ref, {tag});
}

start_result dynamic_supervisor_state::start(uint64_t ref, lasting_child x) {
  try {
    auto started = start_(self_, x.tag);
    if (!started)
      return {ref, nullptr, {}, started.error()};
    if (started->ignored)
      return {ref, nullptr, std::move(started->info), {}};
    if (!started->ptr)
      return {ref, nullptr, {}, caf::make_error(ec::start_failed)};
    if (!started->reports)
      self_->monitor(started->ptr);
    children_.insert(started->ptr);
    if (started->failure) // it is a child until it has ended
      return {ref, nullptr, {}, std::move(started->failure)};
    if (options_.restart != restart::temporary) {
      x.since = self_->clock().now();
      lasting_.emplace(started->ptr->id(), std::move(x));
    }
    return {ref, std::move(started->ptr), std::move(started->info), {}};
  } catch (...) {
    return {ref, nullptr, {}, to_error(std::current_exception())};
  }
}

// -- ending -------------------------------------------------------------------

void dynamic_supervisor_state::on_down(const caf::down_msg& msg) {
  auto id = msg.source.id();
  auto i = children_.find(id);
  if (i == children_.end())
    return;
  auto lived = observed::uptime(*i, self_->clock().now());
  children_.erase(i);
  std::optional<lasting_child> lasting;
  if (auto t = lasting_.find(id); t != lasting_.end()) {
    lasting = std::move(t->second);
    lasting_.erase(t);
  }
  if (auto s = stopping_.find(id); s != stopping_.end()) {
    lasting = std::nullopt;
    for (auto& x : s->second)
      x.deliver(caf::ok_atom_v);
    stopping_.erase(s);
  }
  if (shutting_down_) {
    if (children_.empty())
      self_->quit(exit_reason_);
    return;
  }
  if (lasting)
    on_end(std::move(*lasting), msg.reason);
  else if (options_.journal && !is_orderly(msg.reason))
    // Such ends are many, and their actors report crashes by themselves.
    record({.who = "actor " + std::to_string(id), .uptime = lived}, msg.reason);
}

void dynamic_supervisor_state::on_end(lasting_child x,
                                      const caf::error& reason) {
  auto lived = uptime(self_, x.since);
  if (!is_orderly(reason))
    record({.who = x.tag, .uptime = lived, .restarts = x.restarts}, reason);
  if (judge(options_.restart, reason) != verdict::restart)
    return;
  if (lived >= options_.backoff.stable)
    x.failures = 0;
  if (auto delay = next_delay(options_.backoff, x.failures); delay.count() > 0)
    restart_after(delay, std::move(x));
  else
    restart(std::move(x));
}

void dynamic_supervisor_state::record(end_record x, const caf::error& reason) {
  report_crash("child " + x.who + " ended: " + describe(reason));
  if (options_.journal)
    options_.journal->add(std::move(x), reason);
}

// -- restarting ---------------------------------------------------------------

void dynamic_supervisor_state::restart(lasting_child x) {
  if (!window_.record(self_->clock().now())) {
    log::error("child " + x.tag
               + " was restarted too often, the supervisor gives up");
    begin_shutdown(caf::make_error(ec::max_restarts, x.tag));
    return;
  }
  ++x.restarts;
  auto result = start(0, x);
  if (!result.failure)
    return;
  report_crash("child " + x.tag
               + " could not be restarted: " + describe(result.failure));
  auto delay = next_delay(options_.backoff, x.failures);
  restart_after(delay, std::move(x));
}

void dynamic_supervisor_state::restart_after(std::chrono::milliseconds delay,
                                             lasting_child x) {
  restarting_.emplace(++attempts_, std::move(x));
  // By a message, so that everyone else is served between two attempts.
  if (delay.count() == 0)
    self_->send(self_, atom::restart_v, attempts_);
  else
    self_->delayed_send(self_, delay, atom::restart_v, attempts_);
}

void dynamic_supervisor_state::terminate(const caf::strong_actor_ptr& child,
                                         const promise& done) {
  auto copy = done;
  auto i = child ? children_.find(child) : children_.end();
  if (i == children_.end()) {
    copy.deliver(caf::make_error(ec::no_such_child));
    return;
  }
  auto [waiting, first] = stopping_.try_emplace(child->id());
  waiting->second.push_back(std::move(copy));
  if (first && !shutting_down_)
    ask_to_end(child);
}

void dynamic_supervisor_state::ask_to_end(const caf::strong_actor_ptr& child) {
  using std::chrono::milliseconds;
  auto deadline = options_.shutdown.deadline;
  if (deadline == milliseconds::zero()) {
    send_exit(self_, child, caf::exit_reason::kill);
    return;
  }
  send_exit(self_, child, caf::exit_reason::user_shutdown);
  if (deadline != milliseconds::max())
    self_->delayed_send(self_, deadline, atom::deadline_v,
                        caf::actor_cast<caf::actor_addr>(child));
}

void dynamic_supervisor_state::begin_shutdown(const caf::error& reason) {
  if (shutting_down_)
    return;
  shutting_down_ = true;
  exit_reason_ = reason;
  restarting_.clear();
  if (children_.empty()) {
    self_->quit(exit_reason_);
    return;
  }
  using std::chrono::milliseconds;
  auto deadline = options_.shutdown.deadline;
  if (deadline == milliseconds::zero()) {
    send_exit_to_all(caf::exit_reason::kill);
    return;
  }
  send_exit_to_all(caf::exit_reason::user_shutdown);
  if (deadline != milliseconds::max())
    self_->delayed_send(self_, deadline, atom::deadline_v);
}

void dynamic_supervisor_state::send_exit_to_all(caf::exit_reason reason) {
  for (auto& child : children_)
    send_exit(self_, child, reason);
}

} // namespace kv::otp
