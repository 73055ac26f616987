#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// What a change is about.
enum class change_kind : uint8_t {
  key,       ///< A name, in the words of Redis's keyspace notifications.
  put_field, ///< A field of a bucket got a value.
  no_field,  ///< A field of a bucket went.
};

/// What happened to a name, a bucket's or a string's.
struct change {
  std::string_view name;
  change_kind kind = change_kind::key;
  char group = 'g';         ///< Of a key: Redis's letter, of g $ h x n.
  std::string_view event{}; ///< Of a key: "hset", "del", "expired", ...
  std::string_view field{};
  std::string_view value{};
};

class change_feed;

/// Says whether a name has changed since it is watched. Thread safety:
/// `changed` from any thread.
class name_watch {
public:
  name_watch(change_feed& feed, std::string_view name);

  name_watch(const name_watch&) = delete;

  name_watch& operator=(const name_watch&) = delete;

  ~name_watch();

  bool changed() const noexcept {
    return mark_->load(std::memory_order_acquire);
  }

  const std::string& name() const noexcept {
    return name_;
  }

private:
  change_feed& feed_;
  std::string name_;
  std::shared_ptr<std::atomic<bool>> mark_;
};

/// Called with every change on the thread that made it; must neither block nor
/// throw.
using change_listener = std::function<void(const change&)>;

/// Listens to all changes for as long as it lives; the listener may be called
/// a last time while that ends on another thread.
class change_subscription {
public:
  change_subscription(change_feed& feed, change_listener f);

  change_subscription(const change_subscription&) = delete;

  change_subscription& operator=(const change_subscription&) = delete;

  ~change_subscription();

private:
  change_feed& feed_;
  std::shared_ptr<change_listener> listener_;
};

/// The CHANGE FEED tells of everything that is written to buckets and strings,
/// to those who watch a name and to those who listen to all. There is one in a
/// process, as there is one application. Nobody there costs a writer one load.
///
/// Complexity: O(1) while `active` is false; otherwise a lock, and O(watches of
/// the name + listeners). Thread safety: any thread.
class change_feed {
public:
  static change_feed& of_process();

  /// The one for the registry's events, as they are told: name, "create" or
  /// "exit", and the event's number as the value. Some are told twice.
  static change_feed& of_events();

  change_feed() = default;

  change_feed(const change_feed&) = delete;

  change_feed& operator=(const change_feed&) = delete;

  ~change_feed() = default;

  /// Returns whether anybody is there. What was written before a call that
  /// returns false is seen by whoever comes later.
  bool active() const noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return users_.load(std::memory_order_relaxed) > 0;
  }

  /// Marks the watches of a name: before a change, so that none is missed by
  /// who looks during it, and in `tell` after it.
  void touch(std::string_view name);

  void tell(const change& x);

  /// Tells of a name, if anybody is there.
  void tell_key(std::string_view name, char group, std::string_view event) {
    if (active())
      tell({name, change_kind::key, group, event});
  }

private:
  friend class name_watch;
  friend class change_subscription;

  using mark = std::shared_ptr<std::atomic<bool>>;

  void touch_locked(std::string_view name);

  std::atomic<size_t> users_ = 0; ///< Watches and listeners.
  std::mutex mtx_;
  boost::unordered_flat_map<std::string, std::vector<mark>> watches_;
  std::vector<std::shared_ptr<change_listener>> listeners_;
};

/// Marks the watches of a name before a change and, when it goes, after it: so
/// nobody sees the change without the mark.
class touching {
public:
  explicit touching(std::string_view name) : name_(name) {
    touch();
  }

  touching(const touching&) = delete;

  touching& operator=(const touching&) = delete;

  ~touching() {
    touch();
  }

private:
  void touch() {
    auto& feed = change_feed::of_process();
    if (feed.active())
      feed.touch(name_);
  }

  std::string_view name_;
};

} // namespace kv
