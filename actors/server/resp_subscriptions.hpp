#pragma once

#include "actors/server/pubsub.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace kv::server {

class resp_session;

/// What one client subscribes to. Thread safety: the session's thread.
class resp_subscriptions {
public:
  enum class kind : uint8_t { channel, pattern };

  explicit resp_subscriptions(resp_session& self) : self_(self) {
    // nop
  }

  ~resp_subscriptions() {
    clear();
  }

  resp_subscriptions(const resp_subscriptions&) = delete;

  resp_subscriptions& operator=(const resp_subscriptions&) = delete;

  /// Returns whether there is any: in RESP2 little else is allowed then.
  bool any() const noexcept {
    return count() > 0;
  }

  /// Subscribes to a name, and replies.
  void add(kind what, std::string_view name);

  /// Gives a subscription up, and replies, also if there was none.
  void remove(kind what, std::string_view name);

  /// Gives all of a kind up, and replies.
  void remove_all(kind what);

  /// Gives all up, without a word.
  void clear();

  /// Sends what waits.
  void deliver();

private:
  using names = std::set<std::string, std::less<>>;

  size_t count() const noexcept {
    return channels_.size() + patterns_.size();
  }

  names& of(kind what) noexcept {
    return what == kind::channel ? channels_ : patterns_;
  }

  void leave(kind what, const std::string& name);
  void confirm(std::string_view word, const std::string* name);

  resp_session& self_;
  names channels_;
  names patterns_;
  std::shared_ptr<subscriber> inbox_; ///< Null before the first.
};

} // namespace kv::server
