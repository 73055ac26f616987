#include "actors/ets/expiring.hpp"
#include "actors/kv/expiry_agenda.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/kv/readers.hpp"
#include "actors/kv/registry.hpp"
#include "actors/kv/step_marks.hpp"
#include "actors/otp/answer_by.hpp"
#include "actors/otp/send.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

// From a create to the answer: start a bucket, write its entry, tell.

namespace kv {

bool registry_state::refuse(caf::type_erased_tuple& content,
                            const caf::error& reason) {
  using otp::refuse_with;
  return refuse_with<bucket_ref, atom::create, std::string>(reason, content)
         || refuse_with<bucket_ref, atom::ensure, std::string>(reason, content);
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
    who.deliver_when_kept(x.bucket);
  });
  if (alive)
    return;
  if (options_.strings.member(bucket_name)) {
    who.done.deliver(caf::make_error(ec::name_taken));
    return;
  }
  if (auto* k = keeper::of_process(); k != nullptr && k->refuses()) {
    who.done.deliver(k->refusal());
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
    who.done.deliver(audience.bucket);
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
    stop(caf::actor_cast<bucket_actor>(result.ptr));
    return;
  }
  auto bucket_name = std::move(i->second);
  starting_.erase(i);
  if (result.failure) {
    fail(bucket_name, result.failure);
    return;
  }
  probe(registry_point::started);
  auto& shown = result.info.get_as<bucket_info>(0);
  publish(creations_[bucket_name],
          {.name = shared_text{bucket_name},
           .life = shown.life,
           .bucket = {caf::actor_cast<bucket_actor>(result.ptr),
                      shown.fields}});
}

void registry_state::publish(creation& x, bucket_entry entry) {
  std::string bucket_name{entry.name.view()};
  if (x.kept && was_deleted(bucket_name)) {
    stop(entry.bucket.actor);
    start_fresh(bucket_name);
    return;
  }
  if (!x.silent)
    x.number = log_.append(event_kind::create, entry.name, entry.bucket, {},
                           x.kept);
  probe(registry_point::logged);
  auto ephemeral = (!x.kept || x.ephemeral)
                   && std::all_of(x.waiting.begin(), x.waiting.end(),
                                  [](auto& who) { return who.early; });
  entry.ephemeral.store(ephemeral);
  entry.expires.store(x.expires);
  keep(x, entry);
  if (ephemeral)
    self_->send(entry.bucket.actor, ends_when_empty(true));
  if (x.silent)
    insert_silently(x, std::move(entry));
  else
    insert(x, std::move(entry));
}

// What is kept of a bucket changes with its entry.
void registry_state::keep(const creation& x, const bucket_entry& entry) {
  auto* k = keeper::of_process();
  if (k == nullptr)
    return;
  const kept_bucket now{std::string{entry.name.view()}, entry.ephemeral.load(),
                        x.expires};
  if (!x.kept)
    k->create(now);
  else if (x.ephemeral && !now.ephemeral)
    k->describe(now);
  if (!x.silent)
    k->note_event(x.number);
}

void registry_state::insert(creation& x, bucket_entry entry) {
  x.now = phase::telling;
  const auto number = x.number;
  const auto was_kept = x.kept;
  const auto bucket = entry.bucket;
  auto first_early = std::stable_partition(
    x.waiting.begin(), x.waiting.end(), [](auto& who) { return !who.early; });
  std::vector<waiter> early{std::move_iterator{first_early},
                            std::move_iterator{x.waiting.end()}};
  x.waiting.erase(first_early, x.waiting.end());
  audiences_.emplace(number, audience{bucket, std::move(x.waiting)});
  x.waiting.clear();
  if (was_kept)
    take_over(entry);
  insert_and_claim(std::move(entry));
  if (was_kept)
    is_back();
  probe(registry_point::inserted);
  for (auto& who : early)
    who.done.deliver(bucket);
  tell(number);
}

// Nobody is told of a bucket that was there before this process.
void registry_state::insert_silently(creation& x, bucket_entry entry) {
  auto bucket = entry.bucket;
  auto waiting = std::move(x.waiting);
  creations_.erase(std::string{entry.name.view()});
  insert_and_claim(std::move(entry));
  is_back();
  for (auto& who : waiting)
    who.deliver_when_kept(bucket);
}

void registry_state::insert_and_claim(bucket_entry entry) {
  auto text = entry.name;
  entries_.add(text, std::move(entry));
  options_.names.visit(text, [this](const bucket_entry& x) {
    claim(x);
    note_what_expires(x);
  });
}

// Not before it has its name, or whoever looks for what has expired would not
// find it. What is new has nothing that expires.
void registry_state::note_what_expires(const bucket_entry& x) {
  auto& agenda = expiry_agenda::of_process();
  agenda.note(expiry_kind::bucket, x.name.view(), x.expires.load());
  try {
    agenda.note(expiry_kind::fields, x.name.view(),
                ets::next_deadline(x.bucket.fields));
  } catch (const ets::error&) {
    // It has ended meanwhile.
  }
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
    who.done.deliver(reason);
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

} // namespace kv
