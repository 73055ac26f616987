#include "actors/kv/change_feed.hpp"
#include "actors/kv/keeper.hpp"
#include "actors/kv/registry.hpp"
#include "actors/otp/send.hpp"

#include <utility>

// What ends, and what follows from it: first the table, then the event.

namespace kv {

void registry_state::on_down(const caf::down_msg& msg) {
  if (auto places = entries_.take(msg.source)) {
    on_bucket_down(places->front().key, msg);
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
    options_.journal->add(
      {.who = "bucket " + std::string{bucket_name.view()},
       .uptime = otp::observed::uptime(caf::actor_cast<caf::strong_actor_ptr>(
                                         bucket.actor),
                                       self_->clock().now())},
      msg.reason);
  auto number = log_.append(event_kind::exit, bucket_name, bucket, msg.reason);
  if (auto* k = keeper::of_process()) {
    if (!restarts)
      k->drop(bucket_name.view());
    k->note_event(number);
  }
  // The entry of one that comes back stays: everyone sees that it is not gone.
  if (!restarts)
    entries_.erase(bucket.actor, {bucket_name});
  probe(registry_point::erased);
  tell(number);
  if (!restarts)
    go_on_creating(bucket_name);
}

void registry_state::go_on_creating(const shared_text& bucket_name) {
  if (creations_.empty())
    return; // nobody asks for a name when 100,000 buckets end at once
  auto i = creations_.find(std::string{bucket_name.view()});
  if (i == creations_.end())
    return;
  if (i->second.now == phase::ending)
    start(i->first, i->second);
  else if (i->second.now == phase::telling)
    creations_.erase(i); // later creates get a new bucket
}

// Ends the bucket of an entry, whose name somebody else has from now on.
void registry_state::end(const bucket_entry& x) {
  auto had_name = x.claim.revoke();
  if (auto* k = keeper::of_process(); k != nullptr && had_name)
    k->drop(x.name.view());
  stop(x.bucket.actor);
}

void registry_state::stop(const bucket_actor& bucket) {
  otp::send_exit(self_, caf::actor_cast<caf::strong_actor_ptr>(bucket),
                 caf::exit_reason::user_shutdown);
}

} // namespace kv
