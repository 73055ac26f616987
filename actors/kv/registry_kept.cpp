#include "actors/base/log.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/kv/registry.hpp"
#include "actors/otp/backoff.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

// Buckets that come back: those of the process before, and those that ended
// without anybody's wish.
//
// Invariants
// I1  A bucket that is kept and does not run has a creation with `kept`, so
//     nobody gets an empty one of that name. What a registry did not live to
//     bring back is found by the next one, before it starts any.

namespace kv {

// -- answers ------------------------------------------------------------------

void registry_state::waiter::deliver_when_kept(const bucket_ref& bucket) {
  auto* k = keeper::of_process();
  if (k == nullptr) {
    done.deliver(bucket);
    return;
  }
  k->when_kept(k->told(), [done = done, bucket](const caf::error& reason) {
    done.deliver(reason ? caf::expected<bucket_ref>{reason} : bucket);
  });
}

// -- bringing back ------------------------------------------------------------

void registry_state::bring_back() {
  auto* k = keeper::of_process();
  if (k == nullptr)
    return;
  log_.go_on_after(k->last_event());
  sent_ = std::max(sent_, log_.last());
  auto first = k->comeback().take_buckets();
  if (!first) {
    // An earlier registry may have been about to bring some back.
    kept_known_ = false;
    k->list([me = caf::actor_cast<registry_actor>(self_)](
              std::vector<std::string> all) {
      caf::anon_send(me, atom::restart_v, std::move(all));
    });
    return;
  }
  coming_back_ = first->size();
  creations_.reserve(first->size());
  for (auto& x : *first) {
    auto& creation = creations_[std::move(x.name)];
    creation.kept = creation.silent = true;
    creation.ephemeral = x.ephemeral;
    creation.expires = x.expires;
    creation.now = phase::starting;
  }
  if (coming_back_ == 0)
    k->comeback().all_back();
}

void registry_state::on_listed(std::vector<std::string> all) {
  kept_known_ = true;
  for (auto& bucket_name : all) {
    if (options_.names.member(bucket_name))
      continue;
    auto& x = creations_[bucket_name];
    x.kept = true;
    ++coming_back_;
    load_again(bucket_name);
  }
  send_starts();
  if (coming_back_ == 0)
    keeper::of_process()->comeback().all_back();
}

// One bucket less is coming back: everyone can see it, or it is gone.
void registry_state::is_back() {
  if (coming_back_ > 0 && --coming_back_ == 0)
    keeper::of_process()->comeback().all_back();
}

// A bucket that has ended and still has its name is started again, unless it
// ended by itself: who deletes one takes the name away first. To be shut down,
// as with all others when their supervisor is, is nobody's wish.
bool registry_state::restart(const bucket_entry& x, const caf::error& reason) {
  auto* k = keeper::of_process();
  auto by_itself = !reason || reason == caf::exit_reason::normal;
  if (k == nullptr || by_itself
      || k->mode_of(x.name.view()) == durability::none)
    return false;
  std::string bucket_name{x.name.view()};
  auto& creation = creations_[bucket_name];
  creation.kept = true;
  creation.silent = false;
  creation.ephemeral = x.ephemeral.load();
  creation.expires = x.expires.load();
  load_again(bucket_name);
  return true;
}

// Late, if it has ended before: one bucket that always ends must not keep
// everyone busy.
void registry_state::load_again(const std::string& bucket_name) {
  using std::chrono::milliseconds;
  constexpr otp::backoff how{.min = milliseconds{100}};
  creations_[bucket_name].now = phase::ending;
  auto& past = restarts_[bucket_name];
  auto now = self_->clock().now();
  if (now - past.last > how.stable)
    past.count = 0;
  past.last = now;
  if (past.count++ == 0) {
    load_now(bucket_name);
    return;
  }
  auto wait = otp::delay_before(how, past.count - 2, 0);
  log::error("bucket " + bucket_name + " starts again in "
             + std::to_string(wait.count()) + " ms");
  self_->delayed_send(self_, wait, atom::restart_v, bucket_name,
                      kept_state::waits);
}

void registry_state::load_now(const std::string& bucket_name) {
  auto done = [me = caf::actor_cast<registry_actor>(self_),
               bucket_name](kept_state now) {
    caf::anon_send(me, atom::restart_v, bucket_name, now);
  };
  keeper::of_process()->load(bucket_name, std::move(done));
}

void registry_state::on_loaded(const std::string& bucket_name, kept_state now) {
  auto i = creations_.find(bucket_name);
  if (i == creations_.end())
    return;
  switch (now) {
    case kept_state::waits:
      load_now(bucket_name);
      break;
    case kept_state::loaded:
      start(i->first, i->second);
      break;
    case kept_state::lost:
      start_fresh(bucket_name); // deleted meanwhile
      break;
    case kept_state::unread:
      load_again(bucket_name);
      break;
  }
}

// Returns whether the name was taken from the bucket that ended: then nothing
// is kept of it any more.
bool registry_state::was_deleted(const std::string& bucket_name) const {
  auto result = false;
  options_.names.visit(bucket_name, [&](const bucket_entry& x) {
    result = x.claim.is_revoked();
  });
  return result;
}

// Takes the name from the entry of the bucket that ended, so that whoever reads
// sees one of the two at every moment. The row is written next.
void registry_state::take_over(const bucket_entry& successor) {
  options_.names.visit(successor.name, [&](const bucket_entry& x) {
    if (x.claim.move())
      successor.claim.confirm_at_once();
    else
      successor.claim.revoke(); // deleted this very moment
  });
}

// What was kept has been deleted: nobody but those who wait wants a bucket.
void registry_state::start_fresh(const std::string& bucket_name) {
  options_.names.erase(bucket_name);
  auto i = creations_.find(bucket_name);
  is_back();
  if (i->second.waiting.empty()) {
    creations_.erase(i);
    return;
  }
  i->second.kept = i->second.silent = false;
  i->second.expires = {};
  start(i->first, i->second);
}

} // namespace kv
