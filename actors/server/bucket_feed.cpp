#include "actors/server/bucket_feed.hpp"

// Invariants
// I1  A write that begins after `subscribe` has returned is told.

namespace kv::server {

void bucket_feed::subscribe(const std::string& bucket,
                            const subscriber_ptr& who) {
  channels_.subscribe(bucket, who);
  std::lock_guard guard{mtx_};
  if (subscriptions_++ == 0)
    changes_.emplace(change_feed::of_process(),
                     [this](const change& x) { on_change(x); });
}

void bucket_feed::unsubscribe(const std::string& bucket,
                              const subscriber_ptr& who) {
  channels_.unsubscribe(bucket, who);
  std::lock_guard guard{mtx_};
  if (--subscriptions_ == 0)
    changes_.reset();
}

void bucket_feed::on_change(const change& x) {
  if (x.kind == change_kind::key || channels_.count(std::string{x.name}) == 0)
    return;
  std::string text{x.field};
  if (x.kind == change_kind::put_field)
    text.append(" SET TO ").append(x.value);
  else
    text.append(" DELETED");
  channels_.publish(x.name, text);
}

} // namespace kv::server
