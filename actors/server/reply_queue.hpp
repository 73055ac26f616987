#pragma once

#include "actors/server/resp_writer.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kv::server {

/// Keeps the replies of one client in the order of their requests, although
/// some of them come later. Thread safety: one thread at a time.
class reply_queue {
public:
  /// @param output Where replies go that nothing has to come before.
  explicit reply_queue(std::string& output) : output_(output) {
    // nop
  }

  /// Returns where the reply to the present request goes.
  std::string& next() {
    if (captured_ != nullptr)
      return *captured_;
    return replies_.empty() ? output_ : replies_.emplace_back();
  }

  /// Keeps the place of a reply that comes later, by `fill`.
  size_t reserve() {
    replies_.emplace_back();
    return replies_.size() - 1;
  }

  void fill(size_t slot, std::string reply) {
    replies_[slot] = std::move(reply);
  }

  /// Has `next` return `*target` until this is called with null.
  void capture(std::string* target) noexcept {
    captured_ = target;
  }

  /// Sends all replies. @pre None of them is missing.
  void join() {
    for (const auto& x : replies_)
      output_.append(x);
    replies_.clear();
  }

  /// Returns whether replies are kept.
  bool empty() const noexcept {
    return replies_.empty();
  }

private:
  std::string& output_;
  std::string* captured_ = nullptr;
  std::vector<std::string> replies_; ///< From the first that is missing on.
};

} // namespace kv::server
