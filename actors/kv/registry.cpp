#include "actors/kv/registry.hpp"

#include "actors/kv/keeper.hpp"
#include "actors/kv/kept_answer.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <utility>

// What a registry hears, whom it works with, and how it tells of events. What
// it does is in registry_create.cpp, registry_end.cpp and registry_kept.cpp.
//
// Invariants
// I1  Every entry's bucket is in `entries_`, and monitored. If it has ended and
//     is brought back, `creations_` has its name instead.
// I2  An event is in the log before the table changes, and the table has
//     changed before a handler hears of it.
// I3  Events are sent to the manager in the order of their numbers.
// I4  `creations_[n]` exists from the create that starts `n` until the handlers
//     have seen its event or its bucket is down, whichever is first. Once its
//     event has a number, who waits for it is in `audiences_`.
// I5  No start is sent before the children of earlier registries are known.
// I6  Nothing here waits, and requests that are pending are few.

namespace kv {

namespace {

// An actor is answered with the bucket alone, and, where buckets are kept, by
// the keeper's thread.
completion<bucket_ref> answer_by(registry_actor::pointer self,
                                 const caf::response_promise& promise) {
  return completion<bucket_ref>::make([to = detached_promise{self, promise}](
                                        const caf::expected<bucket_ref>& x) {
    to.deliver(x ? caf::make_message(x->actor) : caf::make_message(x.error()));
  });
}

} // namespace

// -- initialization -----------------------------------------------------------

registry_state::registry_state(handle_type::pointer self,
                               registry_options options)
  : self_(self),
    options_(std::move(options)),
    entries_(self, options_.names),
    log_(options_.events),
    parent_(caf::actor_cast<otp::supervisor_actor>(options_.parent)),
    sent_(log_.last()) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  redo_untold_events();
  entries_.watch_all();
  options_.names.for_each([this](const bucket_entry& x) { claim(x); });
  bring_back();
  find<otp::event_manager_actor>(event_manager_id);
  find<otp::dynamic_supervisor_actor>(bucket_supervisor_id);
}

registry_actor::behavior_type registry_state::make_behavior() {
  return {
    [this](atom::create, std::string& bucket_name) {
      auto promise = self_->make_response_promise<bucket_actor>();
      create(std::move(bucket_name), {answer_by(self_, promise)});
      return promise;
    },
    [this](atom::create, std::string& bucket_name,
           const completion<bucket_ref>& done) {
      create(std::move(bucket_name), {done});
    },
    [this](atom::ensure, std::string& bucket_name,
           const completion<bucket_ref>& done) {
      create(std::move(bucket_name), {done, true});
    },
    [this](atom::started, otp::start_result& result) { on_started(result); },
    [this](atom::told, uint64_t number) { on_told(number); },
    [this](atom::restart, const std::string& name, kept_state now) {
      on_loaded(name, now);
    },
    [this](atom::restart, std::vector<std::string>& all) {
      on_listed(std::move(all));
    },
    [this](atom::deadline) { sweep(); },
  };
}

void registry_state::show(otp::inspection& out) const {
  out.monitoring = entries_.actors() + (manager_ ? 1 : 0) + (buckets_ ? 1 : 0);
  out.state = std::to_string(options_.names.size()) + " names, "
              + std::to_string(creations_.size()) + " are being created, "
              + std::to_string(audiences_.size()) + " events are awaited";
}

void registry_state::redo_untold_events() {
  log_.for_each_since_untold([this](const logged_event& x) {
    if (x.kind == event_kind::create)
      options_.names.insert_new({.name = x.name, .bucket = x.bucket});
    else
      entries_.erase(x.bucket.actor, {x.name});
  });
}

// -- peers --------------------------------------------------------------------

template <class Handle>
void registry_state::find(const char* id) {
  if (auto hdl = otp::whereis<Handle>(options_.actors, id))
    use(hdl);
  else
    await<Handle>(id);
}

// By way of the supervisor: the names table may still have the one that died.
template <class Handle>
void registry_state::await(const char* id) {
  if (parent_)
    self_->request(parent_, caf::infinite, atom::await_v, std::string{id})
      .then(
        [this](const caf::strong_actor_ptr& ptr) {
          use(caf::actor_cast<Handle>(ptr));
        },
        [](const caf::error&) { /* the tree is ending, so are we */ });
}

void registry_state::use(const otp::event_manager_actor& manager) {
  manager_ = manager;
  self_->monitor(manager_);
  log_.for_each_since_untold([this](const logged_event& x) {
    if (!x.told.load())
      tell(x.number);
  });
}

void registry_state::use(const otp::dynamic_supervisor_actor& buckets) {
  buckets_ = buckets;
  self_->monitor(buckets_);
  if (!children_known_)
    ask_for_children();
  send_starts();
}

void registry_state::send_starts() {
  if (may_start())
    for (auto& [key, x] : creations_)
      if (x.now == phase::starting)
        send_start(key, x);
}

void registry_state::ask_for_children() {
  self_->request(buckets_, caf::infinite, atom::which_children_v)
    .then(
      [this](const std::vector<caf::strong_actor_ptr>& children) {
        stop_orphans(children);
      },
      [](const caf::error&) { /* its down message follows */ });
}

// A child without an entry was started by a registry that died before it could
// tell anyone.
void registry_state::stop_orphans(
  const std::vector<caf::strong_actor_ptr>& children) {
  for (auto& child : children)
    if (!entries_.has(child))
      otp::send_exit(self_, child, caf::exit_reason::user_shutdown);
  children_known_ = true;
  send_starts();
}

// -- telling ------------------------------------------------------------------

void registry_state::tell(uint64_t number) {
  tell_feed(number);
  if (!manager_)
    return; // told once there is a manager
  auto event = log_.find(number);
  if (!event)
    return;
  event->replayed = number <= sent_;
  sent_ = std::max(sent_, number);
  self_->send(manager_, atom::sync_notify_v, number,
              caf::make_message(std::move(*event)));
}

void registry_state::tell_feed(uint64_t number) const {
  auto& feed = change_feed::of_events();
  if (!feed.active())
    return;
  if (auto event = log_.find(number)) {
    auto kind = to_string(event->kind);
    auto text = std::to_string(number);
    feed.tell({event->name, change_kind::key, 'e', kind, {}, text});
  }
}

void registry_state::on_told(uint64_t number) {
  log_.mark_told(number);
  auto i = audiences_.find(number);
  if (i == audiences_.end())
    return;
  auto told = std::move(i->second);
  audiences_.erase(i);
  if (auto event = log_.find(number))
    if (auto j = creations_.find(event->name);
        j != creations_.end() && j->second.now == phase::telling
        && j->second.number == number)
      creations_.erase(j);
  for (auto& who : told.waiting)
    who.deliver_when_kept(told.bucket);
}

void registry_state::probe(registry_point x) {
  if (options_.probe)
    options_.probe(x);
}

} // namespace kv
