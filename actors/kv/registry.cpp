#include "actors/kv/registry.hpp"

#include "actors/kv/keeper.hpp"
#include "actors/kv/readers.hpp"
#include "actors/kv/step_marks.hpp"
#include "actors/otp/send.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

// Invariants
// I1  Every entry's bucket is monitored: `refs_` has its id, unless it has
// ended
//     and is brought back: then `creations_` has its name.
// I2  An event is in the log before the table changes, and the table has
//     changed before a handler hears of it.
// I3  Events are sent to the manager in the order of their numbers.
// I4  `creations_[n]` exists from the create that starts `n` until the handlers
//     have seen its event or its bucket is down, whichever is first. Once its
//     event has a number, who waits for it is in `audiences_`.
// I5  No start is sent before the children of earlier registries are known.
// I6  Nothing here waits, and requests that are pending are few.

namespace kv {

// -- client API ---------------------------------------------------------------

std::optional<bucket_ref> lookup(const ets::reader<bucket_names>& names,
                                 std::string_view name) {
  std::optional<bucket_ref> result;
  visit(names, name, [&](const bucket_ref& x) { result = x; });
  return result;
}

// -- helpers ------------------------------------------------------------------

void registry_state::waiter::deliver(const bucket_ref& bucket) {
  if (done)
    done.deliver(bucket);
  else
    promise.deliver(bucket.actor);
}

void registry_state::waiter::fail(const caf::error& reason) {
  if (done)
    done.deliver(reason);
  else
    promise.deliver(reason);
}

void registry_state::probe(registry_point x) {
  if (options_.probe)
    options_.probe(x);
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
    if (!refs_.contains(child->id()))
      otp::send_exit(self_, child, caf::exit_reason::user_shutdown);
  children_known_ = true;
  send_starts();
}

// -- initialization -----------------------------------------------------------

registry_state::registry_state(handle_type::pointer self,
                               registry_options options)
  : self_(self),
    options_(std::move(options)),
    log_(options_.events),
    parent_(caf::actor_cast<otp::supervisor_actor>(options_.parent)),
    sent_(log_.last()) {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  redo_untold_events();
  monitor_entries();
  bring_back();
  find<otp::event_manager_actor>(event_manager_id);
  find<otp::dynamic_supervisor_actor>(bucket_supervisor_id);
}

registry_state::~registry_state() {
  // An answer that is never given is an error nobody sees.
  auto reason = caf::make_error(caf::sec::request_receiver_down);
  for (auto& [key, x] : creations_)
    for (auto& who : x.waiting)
      who.fail(reason);
  for (auto& [key, x] : audiences_)
    for (auto& who : x.waiting)
      who.fail(reason);
}

registry_actor::behavior_type registry_state::make_behavior() {
  return {
    [this](atom::create, std::string& bucket_name) {
      auto promise = self_->make_response_promise<bucket_actor>();
      create(std::move(bucket_name), {promise, {}});
      return promise;
    },
    [this](atom::create, std::string& bucket_name,
           const completion<bucket_ref>& done) {
      create(std::move(bucket_name), {{}, done});
    },
    [this](atom::ensure, std::string& bucket_name,
           const completion<bucket_ref>& done) {
      create(std::move(bucket_name), {{}, done, true});
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
  out.monitoring = refs_.size() + (manager_ ? 1 : 0) + (buckets_ ? 1 : 0);
  out.state = std::to_string(options_.names.size()) + " names, "
              + std::to_string(creations_.size()) + " are being created, "
              + std::to_string(audiences_.size()) + " events are awaited";
}

void registry_state::redo_untold_events() {
  log_.for_each_since_untold([this](const logged_event& x) {
    if (x.kind == event_kind::create)
      options_.names.insert_new({x.name, x.bucket});
    else
      options_.names.erase_if(x.name, [&](const bucket_entry& entry) {
        return entry.bucket.actor == x.bucket.actor;
      });
  });
}

void registry_state::monitor_entries() {
  refs_.reserve(options_.names.size());
  options_.names.for_each([this](const bucket_entry& x) {
    monitor(x);
    claim(x);
  });
}

void registry_state::monitor(const bucket_entry& entry) {
  refs_.emplace(entry.bucket.actor.id(), entry.name);
  self_->monitor(entry.bucket.actor);
}

// -- creating -----------------------------------------------------------------

bool registry_state::refuse(caf::type_erased_tuple& content,
                            const caf::error& reason) {
  using done = completion<bucket_ref>;
  if (!content.match_elements<atom::create, std::string, done>()
      && !content.match_elements<atom::ensure, std::string, done>())
    return false;
  content.get_as<done>(2).deliver(reason);
  return true;
}

void registry_state::create(std::string bucket_name, waiter who) {
  if (who.done.drop_if_late(self_->clock().now()))
    return;
  if (auto i = creations_.find(bucket_name); i != creations_.end()) {
    join(bucket_name, i->second, std::move(who));
    return;
  }
  auto taken = false;
  auto alive = false;
  options_.names.visit(bucket_name, [&](const bucket_entry& x) {
    taken = true;
    alive = x.is_current();
    if (!alive) {
      if (x.has_expired())
        end(x);
      return;
    }
    if (x.ephemeral.load() && !who.early)
      make_lasting(x);
    who.deliver_when_kept(self_, x.bucket);
  });
  if (alive)
    return;
  if (options_.strings.member(bucket_name)) {
    who.fail(caf::make_error(ec::name_taken));
    return;
  }
  if (auto* k = keeper::of_process(); k != nullptr && k->refuses()) {
    who.fail(k->refusal());
    return;
  }
  auto& x = creations_[bucket_name];
  x.waiting.push_back(std::move(who));
  if (!taken)
    start(bucket_name, x);
}

void registry_state::join(const std::string& bucket_name, creation& x,
                          waiter who) {
  if (x.now != phase::telling) {
    x.waiting.push_back(std::move(who));
    return;
  }
  auto& audience = audiences_[x.number];
  if (who.early) {
    who.deliver(audience.bucket);
    return;
  }
  options_.names.visit(bucket_name, make_lasting);
  audience.waiting.push_back(std::move(who));
}

void registry_state::make_lasting(const bucket_entry& x) {
  x.ephemeral.store(false);
  if (auto* k = keeper::of_process())
    k->describe({std::string{x.name.view()}, false, x.expires.load()});
  caf::anon_send(x.bucket.actor, ends_when_empty(false));
}

void registry_state::start(const std::string& bucket_name, creation& x) {
  x.now = phase::starting;
  x.since = self_->clock().now();
  send_start(bucket_name, x);
  arm();
}

void registry_state::send_start(const std::string& bucket_name, creation& x) {
  if (!may_start())
    return; // sent once there is someone to send it to
  starting_.erase(x.number);
  x.number = ++starts_;
  starting_.emplace(x.number, bucket_name);
  self_->send(buckets_, atom::start_child_v, x.number, bucket_name);
}

void registry_state::on_started(otp::start_result& result) {
  auto i = starting_.find(result.ref);
  if (i == starting_.end()) {
    // Given up, or asked of a supervisor that has been replaced.
    otp::send_exit(self_, result.ptr, caf::exit_reason::user_shutdown);
    return;
  }
  auto bucket_name = std::move(i->second);
  starting_.erase(i);
  if (result.failure) {
    fail(bucket_name, result.failure);
    return;
  }
  probe(registry_point::started);
  auto& fields = result.info.get_as<ets::reader<fields_table>>(0);
  publish(bucket_name, creations_[bucket_name],
          {caf::actor_cast<bucket_actor>(result.ptr), fields});
}

void registry_state::publish(const std::string& bucket_name, creation& x,
                             bucket_ref bucket) {
  if (x.kept && was_deleted(bucket_name)) {
    otp::send_exit(self_, caf::actor_cast<caf::strong_actor_ptr>(bucket.actor),
                   caf::exit_reason::user_shutdown);
    start_fresh(bucket_name);
    return;
  }
  shared_text text{bucket_name};
  uint64_t number = 0;
  if (!x.silent)
    number = log_.append(event_kind::create, text, bucket, {}, x.kept);
  probe(registry_point::logged);
  auto ephemeral = (!x.kept || x.ephemeral)
                   && std::all_of(x.waiting.begin(), x.waiting.end(),
                                  [](auto& who) { return who.early; });
  if (auto* k = keeper::of_process()) {
    const kept_bucket now{bucket_name, ephemeral, x.expires};
    if (!x.kept)
      k->create(now);
    else if (x.ephemeral && !ephemeral)
      k->describe(now);
    if (number > 0)
      k->note_event(number);
  }
  bucket_entry entry{std::move(text), std::move(bucket),
                     ets::cell<bool>{ephemeral}};
  entry.expires.store(x.expires);
  monitor(entry);
  const auto was_kept = x.kept;
  if (x.silent) {
    insert_silently(std::move(entry), x);
    return;
  }
  x.now = phase::telling;
  x.number = number;
  auto told_early = std::stable_partition(x.waiting.begin(), x.waiting.end(),
                                          [](auto& who) { return !who.early; });
  std::vector<waiter> early{std::move_iterator{told_early},
                            std::move_iterator{x.waiting.end()}};
  x.waiting.erase(told_early, x.waiting.end());
  audiences_.emplace(number, audience{entry.bucket, std::move(x.waiting)});
  x.waiting.clear();
  if (ephemeral)
    self_->send(entry.bucket.actor, ends_when_empty(true));
  if (was_kept)
    take_over(entry);
  options_.names.insert(std::move(entry));
  options_.names.visit(bucket_name,
                       [this](const bucket_entry& y) { claim(y); });
  if (was_kept)
    is_back();
  probe(registry_point::inserted);
  for (auto& who : early)
    who.deliver(audiences_[number].bucket);
  tell(number);
}

// Nobody is told of a bucket that was there before this process.
void registry_state::insert_silently(bucket_entry entry, creation& x) {
  auto text = entry.name;
  auto bucket = entry.bucket;
  auto waiting = std::move(x.waiting);
  if (entry.ephemeral.load())
    self_->send(bucket.actor, ends_when_empty(true));
  creations_.erase(std::string{text.view()});
  options_.names.insert(std::move(entry));
  options_.names.visit(text, [this](const bucket_entry& y) { claim(y); });
  is_back();
  for (auto& who : waiting)
    who.deliver_when_kept(self_, bucket);
}

// A string of that name, which came before this, has the name.
void registry_state::claim(const bucket_entry& x) {
  claim_fence();
  do {
    step_marks::of_names().wait(hash_of_name(x.name.view()));
    if (options_.strings.member(x.name) || x.claim.is_revoked()) {
      end(x);
      return;
    }
  } while (!x.claim.confirm());
}

void registry_state::end(const bucket_entry& x) {
  auto had_name = x.claim.revoke();
  if (auto* k = keeper::of_process(); k != nullptr && had_name)
    k->drop(x.name.view());
  otp::send_exit(self_, caf::actor_cast<caf::strong_actor_ptr>(x.bucket.actor),
                 caf::exit_reason::user_shutdown);
}

void registry_state::fail(const std::string& bucket_name,
                          const caf::error& reason) {
  auto i = creations_.find(bucket_name);
  if (i == creations_.end())
    return;
  auto waiting = std::move(i->second.waiting);
  i->second.waiting.clear();
  if (i->second.kept)
    load_again(bucket_name); // nobody else may have the name
  else
    creations_.erase(i);
  for (auto& who : waiting)
    who.fail(reason);
}

void registry_state::sweep() {
  armed_ = false;
  auto now = self_->clock().now();
  std::vector<std::string> expired;
  auto waiting = false;
  for (auto& [key, x] : creations_) {
    if (x.now != phase::starting || x.kept)
      continue; // what is kept has all the time it takes
    if (now - x.since >= options_.start_deadline) {
      starting_.erase(x.number);
      expired.push_back(key);
    } else {
      waiting = true;
    }
  }
  for (auto& key : expired)
    fail(key, caf::make_error(ec::timeout, "the bucket was not started"));
  if (waiting)
    arm();
}

void registry_state::arm() {
  if (!std::exchange(armed_, true))
    self_->delayed_send(self_, options_.start_deadline, atom::deadline_v);
}

// -- ending -------------------------------------------------------------------

void registry_state::on_down(const caf::down_msg& msg) {
  if (auto i = refs_.find(msg.source.id()); i != refs_.end()) {
    auto bucket_name = std::move(i->second);
    refs_.erase(i);
    on_bucket_down(bucket_name, msg);
  } else if (manager_ && manager_ == msg.source) {
    manager_ = nullptr;
    await<otp::event_manager_actor>(event_manager_id);
  } else if (buckets_ && buckets_ == msg.source) {
    buckets_ = nullptr;
    // A new supervisor has no children that we did not ask for.
    children_known_ = true;
    await<otp::dynamic_supervisor_actor>(bucket_supervisor_id);
  }
}

void registry_state::on_bucket_down(const shared_text& bucket_name,
                                    const caf::down_msg& msg) {
  bucket_ref bucket;
  auto had_name = false; // or it went to a string, or was erased before
  auto restarts = false;
  options_.names.visit(bucket_name, [&](const bucket_entry& x) {
    if (x.bucket.actor != msg.source)
      return;
    bucket = x.bucket;
    had_name = x.claim.holds();
    restarts = had_name && restart(x, msg.reason);
  });
  if (!bucket.actor)
    return;
  if (had_name && !restarts)
    change_feed::of_process().tell_key(bucket_name, 'g', "del");
  // Their supervisor does not know what they are called.
  if (options_.journal && !is_orderly(msg.reason))
    options_.journal->add({.who = "bucket " + std::string{bucket_name.view()}},
                          msg.reason);
  auto number = log_.append(event_kind::exit, bucket_name, bucket, msg.reason);
  if (auto* k = keeper::of_process()) {
    if (!restarts)
      k->drop(bucket_name.view());
    k->note_event(number);
  }
  // Name and handle: a successor's entry is not ours to erase. The entry of one
  // that comes back stays: so everyone sees that it is not gone.
  if (!restarts)
    options_.names.erase_if(bucket_name, [&](const bucket_entry& x) {
      return x.bucket.actor == bucket.actor;
    });
  probe(registry_point::erased);
  tell(number);
  if (restarts || creations_.empty())
    return; // nobody asks for a name when 100,000 buckets end at once
  auto i = creations_.find(std::string{bucket_name.view()});
  if (i == creations_.end())
    return;
  if (i->second.now == phase::ending)
    start(i->first, i->second);
  else if (i->second.now == phase::telling)
    creations_.erase(i); // later creates get a new bucket
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
    who.deliver_when_kept(self_, told.bucket);
}

} // namespace kv
