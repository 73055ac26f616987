#include "actors/otp/dynamic_supervisor.hpp"

#include "actors/base/log.hpp"
#include "actors/otp/send.hpp"

#include <utility>

namespace kv::otp {

dynamic_supervisor_state::dynamic_supervisor_state(handle_type::pointer self,
                                                   tagged_start_function start,
                                                   shutdown deadline)
  : self_(self), start_(std::move(start)), deadline_(deadline) {
  self_->set_down_handler([this](caf::down_msg& msg) {
    if (auto i = children_.find(msg.source.id()); i != children_.end())
      children_.erase(i);
    if (shutting_down_ && children_.empty())
      self_->quit(exit_reason_);
  });
  self_->set_exit_handler(
    [this](caf::exit_msg& msg) { begin_shutdown(msg.reason); });
}

dynamic_supervisor_state::~dynamic_supervisor_state() {
  send_exit_to_all(caf::exit_reason::kill);
}

dynamic_supervisor_actor::behavior_type
dynamic_supervisor_state::make_behavior() {
  return {
    [this](atom::start_child, uint64_t ref,
           const std::string& tag) -> caf::result<atom::started, start_result> {
      return {atom::started_v, start(ref, tag)};
    },
    [this](atom::which_children) {
      return std::vector<caf::strong_actor_ptr>(children_.begin(),
                                                children_.end());
    },
    [this](atom::count_children) {
      return child_counts{children_.size(), children_.size()};
    },
    [this](atom::deadline) {
      if (!shutting_down_)
        return;
      log::error(std::to_string(children_.size())
                 + " children did not end in time and are killed");
      send_exit_to_all(caf::exit_reason::kill);
    },
  };
}

start_result dynamic_supervisor_state::start(uint64_t ref,
                                             const std::string& tag) {
  if (shutting_down_)
    return {ref, nullptr, {}, caf::make_error(ec::shutting_down)};
  try {
    auto started = start_(self_, tag);
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
    return {ref, std::move(started->ptr), std::move(started->info), {}};
  } catch (...) {
    return {ref, nullptr, {}, to_error(std::current_exception())};
  }
}

void dynamic_supervisor_state::begin_shutdown(const caf::error& reason) {
  if (shutting_down_)
    return;
  shutting_down_ = true;
  exit_reason_ = reason;
  if (children_.empty()) {
    self_->quit(exit_reason_);
    return;
  }
  using std::chrono::milliseconds;
  if (deadline_.deadline == milliseconds::zero()) {
    send_exit_to_all(caf::exit_reason::kill);
    return;
  }
  send_exit_to_all(caf::exit_reason::user_shutdown);
  if (deadline_.deadline != milliseconds::max())
    self_->delayed_send(self_, deadline_.deadline, atom::deadline_v);
}

void dynamic_supervisor_state::send_exit_to_all(caf::exit_reason reason) {
  for (auto& child : children_)
    send_exit(self_, child, reason);
}

} // namespace kv::otp
