#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <string>
#include <utility>

// Who is told: handlers come and go; see event_telling.cpp for the invariants.

namespace kv::otp {

// -- they come ----------------------------------------------------------------

caf::error event_manager_state::add(caf::actor handler,
                                    handler_options options) {
  if (options.window == 0)
    return caf::make_error(ec::badarg, "a handler needs a window");
  if (options.from > log_.next())
    return caf::make_error(
      ec::badarg, "there is no event " + std::to_string(options.from)
                    + " yet, the next one is " + std::to_string(log_.next()));
  if (find(handler.address()) != nullptr)
    return caf::make_error(ec::already_present);
  auto order = recipients_.empty() ? 1 : recipients_.back()->entry.order + 1;
  now_ = {};
  auto from = options.from == 0 ? log_.next() : options.from;
  auto owner = options.owner;
  handler_entry entry{handler.id(),
                      order,
                      std::move(handler),
                      std::move(owner),
                      std::make_shared<handler_options>(std::move(options)),
                      std::make_shared<handler_progress>()};
  options_.handlers.insert(entry);
  auto& x = enter(std::move(entry));
  x.counts = log_.next();
  if (from < log_.first()) {
    x.lost = from;
    x.lost_to = log_.first() - 1;
  }
  log_.for_each_from(from, [&](auto& event) { offer(x, event); });
  pump(x);
  remove_broken();
  return {};
}

event_manager_state::recipient&
event_manager_state::enter(handler_entry entry) {
  auto& x = *recipients_.emplace_back(std::make_unique<recipient>());
  x.entry = std::move(entry);
  by_id_.emplace(x.entry.id, &x);
  watch(x.entry.handler);
  watch(x.entry.owner);
  return x;
}

void event_manager_state::watch(const caf::actor& who) {
  if (who && watched_[who.id()]++ == 0)
    self_->monitor(who);
}

void event_manager_state::unwatch(const caf::actor& who) {
  auto i = who ? watched_.find(who.id()) : watched_.end();
  if (i == watched_.end() || --i->second > 0)
    return;
  watched_.erase(i);
  self_->demonitor(who);
}

// -- they go ------------------------------------------------------------------

void event_manager_state::on_error(const caf::error& reason) {
  auto* x = sender();
  if (x == nullptr)
    return;
  if (x->leaving) // it has no state to give
    on_state({});
  else if (reason != caf::sec::unexpected_message)
    expel(*x, reason);
  else if (!x->outstanding.empty())
    on_ack(*x, x->outstanding.front()); // it need not care about every event
}

void event_manager_state::on_down(const caf::down_msg& msg) {
  now_ = {};
  if (auto* x = find(msg.source))
    remove(*x, msg.reason);
  for (size_t i = recipients_.size(); i-- > 0;)
    if (recipients_[i]->entry.owner == msg.source)
      expel(*recipients_[i], msg.reason);
}

void event_manager_state::expel(recipient& x, const caf::error& reason) {
  anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(x.entry.handler),
                  caf::make_message(atom::handler_exit_v,
                                    x.entry.handler.address(), reason));
  remove(x, reason);
}

void event_manager_state::remove(recipient& x, const caf::error& reason) {
  auto pos = std::find_if(recipients_.begin(), recipients_.end(),
                          [&](auto& y) { return y.get() == &x; });
  auto gone = std::move(*pos);
  recipients_.erase(pos);
  by_id_.erase(gone->entry.id);
  options_.handlers.erase(gone->entry.id);
  unwatch(gone->entry.handler);
  unwatch(gone->entry.owner);
  if (!is_orderly(reason))
    log::warn("event handler " + std::to_string(gone->entry.id)
              + " was removed: " + describe(reason));
  // Without a sender: what the owner answers is no acknowledgement.
  if (gone->entry.owner)
    anon_send_aside(caf::actor_cast<caf::strong_actor_ptr>(gone->entry.owner),
                    caf::make_message(atom::handler_exit_v,
                                      gone->entry.handler.address(), reason));
  release(*gone);
  waiting_ -= gone->waiting.size();
  outstanding_ -= gone->outstanding.size();
  for (auto& y : recipients_)
    if (y->entry.heir_of == gone->entry.handler)
      inherit(*y, {});
}

void event_manager_state::set_broken(recipient& x, caf::error reason) {
  x.broken = std::move(reason);
  some_broken_ = true;
}

void event_manager_state::remove_broken() {
  while (std::exchange(some_broken_, false))
    for (size_t i = recipients_.size(); i-- > 0;)
      if (recipients_[i]->broken)
        expel(*recipients_[i], caf::error{recipients_[i]->broken});
}

} // namespace kv::otp
