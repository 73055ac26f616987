#pragma once

#include "actors/base/completion.hpp"

#include <caf/intrusive_ptr.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/ref_counted.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace kv::otp {

/// A message that an actor was about to handle.
struct traced_message {
  std::chrono::system_clock::time_point when;
  caf::actor_id sender = 0; ///< 0: no actor, or one that did not say.
  std::string text;         ///< Long strings are cut.
};

/// Collects so many messages of one actor, then answers with them; earlier if
/// it is told to, or if nobody refers to it any more.
/// Thread safety: any thread.
class message_trace final : public caf::ref_counted {
public:
  message_trace(size_t most, completion<std::vector<traced_message>> done)
    : most_(most), done_(std::move(done)) {
    // nop
  }

  ~message_trace() override {
    finish();
  }

  /// Adds a message; returns false if there is no use in adding more.
  bool add(const caf::mailbox_element& x);

  /// Answers, unless it has.
  void finish();

private:
  std::mutex mtx_;
  const size_t most_;
  bool finished_ = false;
  std::vector<traced_message> messages_;
  completion<std::vector<traced_message>> done_;
};

using message_trace_ptr = caf::intrusive_ptr<message_trace>;

} // namespace kv::otp
