#include "actors/kv/change_feed.hpp"

#include <utility>

// Invariants
// I1  `users_` grows before a watch or a listener can be told anything, and
//     shrinks after it has gone.
// I2  Listeners are called without the lock.

namespace kv {

// -- handles ------------------------------------------------------------------

name_watch::name_watch(change_feed& feed, std::string_view name)
  : feed_(feed),
    name_(name),
    mark_(std::make_shared<std::atomic<bool>>(false)) {
  feed_.users_.fetch_add(1, std::memory_order_seq_cst);
  std::lock_guard guard{feed_.mtx_};
  feed_.watches_[name_].push_back(mark_);
}

name_watch::~name_watch() {
  std::lock_guard guard{feed_.mtx_};
  if (auto i = feed_.watches_.find(name_); i != feed_.watches_.end()) {
    std::erase(i->second, mark_);
    if (i->second.empty())
      feed_.watches_.erase(i);
  }
  feed_.users_.fetch_sub(1, std::memory_order_seq_cst);
}

change_subscription::change_subscription(change_feed& feed, change_listener f)
  : feed_(feed), listener_(std::make_shared<change_listener>(std::move(f))) {
  feed_.users_.fetch_add(1, std::memory_order_seq_cst);
  std::lock_guard guard{feed_.mtx_};
  feed_.listeners_.push_back(listener_);
}

change_subscription::~change_subscription() {
  std::lock_guard guard{feed_.mtx_};
  std::erase(feed_.listeners_, listener_);
  feed_.users_.fetch_sub(1, std::memory_order_seq_cst);
}

// -- the feed -----------------------------------------------------------------

change_feed& change_feed::of_process() {
  static change_feed instance;
  return instance;
}

change_feed& change_feed::of_events() {
  static change_feed instance;
  return instance;
}

void change_feed::touch_locked(std::string_view name) {
  auto i = watches_.find(std::string{name});
  if (i == watches_.end())
    return;
  for (auto& x : i->second)
    x->store(true, std::memory_order_release);
  watches_.erase(i); // once changed, always changed
}

void change_feed::touch(std::string_view name) {
  std::lock_guard guard{mtx_};
  touch_locked(name);
}

void change_feed::tell(const change& x) {
  std::vector<std::shared_ptr<change_listener>> listeners;
  {
    std::lock_guard guard{mtx_};
    touch_locked(x.name);
    listeners = listeners_;
  }
  for (auto& f : listeners)
    (*f)(x);
}

} // namespace kv
