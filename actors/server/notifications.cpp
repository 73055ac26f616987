#include "actors/server/notifications.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

namespace kv::server {

namespace {

uint64_t number_of(const change& event) {
  uint64_t result = 0;
  std::from_chars(event.value.data(), event.value.data() + event.value.size(),
                  result);
  return result;
}

} // namespace

notifications::notifications(pubsub& channels)
  : channels_(channels),
    events_(change_feed::of_events(),
            [this](const change& x) { on_event(x); }) {
  // nop
}

void notifications::choose(notify_flags flags) {
  auto wanted = flags.by_key() || flags.by_event();
  std::lock_guard choosing{choosing_};
  {
    std::lock_guard guard{mtx_};
    flags_ = std::move(flags);
  }
  if (!wanted)
    changes_.reset();
  else if (!changes_)
    changes_.emplace(change_feed::of_process(),
                     [this](const change& x) { on_change(x); });
}

notify_flags notifications::chosen() const {
  std::lock_guard guard{mtx_};
  return flags_;
}

void notifications::on_change(const change& x) {
  if (x.kind != change_kind::key)
    return;
  auto flags = chosen();
  if (!flags.wants(x.group))
    return;
  if (flags.by_key())
    channels_.publish("__keyspace@0__:" + std::string{x.name}, x.event);
  if (flags.by_event())
    channels_.publish("__keyevent@0__:" + std::string{x.event}, x.name);
}

void notifications::on_event(const change& x) {
  fire_waiters(number_of(x));
  if (channels_.count(std::string{events_channel}) > 0
      || channels_.patterns() > 0)
    channels_.publish(events_channel, std::string{x.value} + ' '
                                        + std::string{x.event} + ' '
                                        + std::string{x.name});
}

void notifications::fire_waiters(uint64_t number) {
  std::vector<std::shared_ptr<waiter>> due;
  {
    std::lock_guard guard{mtx_};
    auto first_due
      = std::partition(waiters_.begin(), waiters_.end(),
                       [number](const auto& w) { return w->first() > number; });
    due.assign(std::move_iterator{first_due},
               std::move_iterator{waiters_.end()});
    waiters_.erase(first_due, waiters_.end());
  }
  for (auto& w : due)
    w->fire(true);
}

void notifications::await_event(std::shared_ptr<waiter> x) {
  constexpr size_t few = 16;
  std::lock_guard guard{mtx_};
  if (waiters_.size() >= std::max(enough_waiters_, few)) {
    std::erase_if(waiters_, [](const auto& w) { return w->fired(); });
    enough_waiters_ = 2 * waiters_.size();
  }
  waiters_.push_back(std::move(x));
}

} // namespace kv::server
