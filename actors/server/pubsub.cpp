#include "actors/server/pubsub.hpp"

#include "actors/base/glob.hpp"

// Invariants
// I1  A subscriber is woken only when nothing waited: once for all that comes
//     until it takes.
// I2  Messages are put while the hub's lock is held: their order is the same
//     for everybody. A subscriber's `wake` posts, and comes back to no lock.

namespace kv::server {

// -- subscriber ---------------------------------------------------------------

void subscriber::put(delivery x) {
  {
    std::lock_guard guard{mtx_};
    bytes_ += x.message->channel.size() + x.message->text.size();
    overrun_ = overrun_ || bytes_ > most_waiting;
    if (overrun_)
      waiting_.clear();
    else
      waiting_.push_back(std::move(x));
    if (waiting_.size() > 1)
      return; // it has been woken
  }
  wake_();
}

std::vector<delivery> subscriber::take() {
  std::lock_guard guard{mtx_};
  bytes_ = 0;
  return std::exchange(waiting_, {});
}

bool subscriber::is_overrun() const {
  std::lock_guard guard{mtx_};
  return overrun_;
}

// -- pubsub -------------------------------------------------------------------

void pubsub::add(map& to, const std::string& name, const subscriber_ptr& who) {
  std::lock_guard guard{mtx_};
  to[name].push_back(who);
}

void pubsub::remove(map& from, const std::string& name,
                    const subscriber_ptr& who) {
  std::lock_guard guard{mtx_};
  auto i = from.find(name);
  if (i == from.end())
    return;
  std::erase(i->second, who);
  if (i->second.empty())
    from.erase(i);
}

void pubsub::subscribe(const std::string& channel, const subscriber_ptr& who) {
  add(channels_, channel, who);
}

void pubsub::unsubscribe(const std::string& channel,
                         const subscriber_ptr& who) {
  remove(channels_, channel, who);
}

void pubsub::psubscribe(const std::string& pattern, const subscriber_ptr& who) {
  add(patterns_, pattern, who);
}

void pubsub::punsubscribe(const std::string& pattern,
                          const subscriber_ptr& who) {
  remove(patterns_, pattern, who);
}

size_t pubsub::publish(std::string_view channel, std::string_view text) {
  auto message = std::make_shared<const published>(
    published{std::string{channel}, std::string{text}});
  size_t result = 0;
  std::lock_guard guard{mtx_};
  if (auto i = channels_.find(message->channel); i != channels_.end())
    for (const auto& who : i->second) {
      who->put({message, {}});
      ++result;
    }
  for (const auto& [pattern, all] : patterns_)
    if (glob_matches(pattern, channel))
      for (const auto& who : all) {
        who->put({message, pattern});
        ++result;
      }
  return result;
}

std::vector<std::string> pubsub::channels() const {
  std::vector<std::string> result;
  std::lock_guard guard{mtx_};
  for (const auto& [name, all] : channels_)
    result.push_back(name);
  return result;
}

size_t pubsub::count(const std::string& channel) const {
  std::lock_guard guard{mtx_};
  auto i = channels_.find(channel);
  return i != channels_.end() ? i->second.size() : 0;
}

size_t pubsub::patterns() const {
  std::lock_guard guard{mtx_};
  return patterns_.size();
}

} // namespace kv::server
