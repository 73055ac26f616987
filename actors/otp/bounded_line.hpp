#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/local_actor.hpp>
#include <caf/message.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace kv::otp {

/// Plain messages to a receiver, one actor after the other, that may be slow:
/// no more than so many of them wait in its mailbox, whatever kind of actor it
/// is. It gets a notice in place of the next one, and then no more until it has
/// handled half of them. What was dropped was so before it handles the notice,
/// so what it reads then is newer.
/// Thread safety: none; the receiver runs wherever it does.
class bounded_line {
public:
  /// @param most At least 1; one more with the notice.
  explicit bounded_line(uint32_t most);

  bounded_line(bounded_line&&) noexcept = default;

  /// Sends `content`, or `notice` in its place, or nothing; returns whether it
  /// was the notice. Complexity: O(1).
  bool send(caf::local_actor* self, const caf::strong_actor_ptr& to,
            caf::message content, const caf::message& notice);

private:
  using counter = std::atomic<uint32_t>;

  class counted_element;

  bool catches_up();

  uint32_t most_;
  std::shared_ptr<counter> waiting_; ///< What was sent and not handled.
  bool drops_ = false;
};

} // namespace kv::otp
