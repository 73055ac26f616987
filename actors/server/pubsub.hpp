#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv::server {

/// Something that was published; shared by all who get it.
struct published {
  std::string channel;
  std::string text;
};

/// A message in the form that a subscriber gets it in.
struct delivery {
  std::shared_ptr<const published> message;
  std::string pattern; ///< Empty: subscribed to the channel itself.
};

/// Where a subscriber's messages wait until its thread sends them.
/// Thread safety: any thread.
class subscriber {
public:
  /// More bytes than this wait for nobody: who reads so slowly is given up, as
  /// Redis does by default.
  static constexpr size_t most_waiting = size_t{32} << 20;

  /// @param wake Is called when there is something to `take`; any thread.
  explicit subscriber(std::function<void()> wake) : wake_(std::move(wake)) {
    // nop
  }

  void put(delivery x);

  std::vector<delivery> take();

  /// Returns whether more was waiting than may: messages were dropped.
  bool is_overrun() const;

private:
  std::function<void()> wake_;
  mutable std::mutex mtx_;
  std::vector<delivery> waiting_;
  size_t bytes_ = 0;
  bool overrun_ = false;
};

/// Knows who subscribes to what. A subscriber gets messages in the order of
/// their publication. Complexity: O(1) for a channel, O(patterns) more for
/// `publish`. Thread safety: any thread.
class pubsub {
public:
  using subscriber_ptr = std::shared_ptr<subscriber>;

  void subscribe(const std::string& channel, const subscriber_ptr& who);
  void unsubscribe(const std::string& channel, const subscriber_ptr& who);
  void psubscribe(const std::string& pattern, const subscriber_ptr& who);
  void punsubscribe(const std::string& pattern, const subscriber_ptr& who);

  /// Returns how many times it was delivered.
  size_t publish(std::string_view channel, std::string_view text);

  /// Returns the channels that have subscribers.
  std::vector<std::string> channels() const;

  /// Returns the number of subscribers of a channel.
  size_t count(const std::string& channel) const;

  /// Returns the number of different patterns.
  size_t patterns() const;

private:
  using subscribers = std::vector<subscriber_ptr>;
  using map = boost::unordered_flat_map<std::string, subscribers>;

  void add(map& to, const std::string& name, const subscriber_ptr& who);
  void remove(map& from, const std::string& name, const subscriber_ptr& who);

  mutable std::mutex mtx_;
  map channels_;
  map patterns_;
};

} // namespace kv::server
