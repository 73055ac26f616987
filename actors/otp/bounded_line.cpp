#include "actors/otp/bounded_line.hpp"

#include <caf/mailbox_element.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

// Invariants
// I1  While `drops_`, the notice is the last message of the line. So at most
// one
//     is not handled while it is, and `catches_up` before anything is dropped
//     meanwhile.
// I2  `waiting_` is changed and read by atomic additions alone: whoever finds
//     that a message waits comes before the receiver that handles it, with all
//     that it has written.

namespace kv::otp {

/// A message that counts for as long as it is in a mailbox, or is handled.
class bounded_line::counted_element final : public caf::mailbox_element {
public:
  counted_element(caf::strong_actor_ptr sender, caf::message content,
                  std::shared_ptr<counter> waiting)
    : caf::mailbox_element(std::move(sender), caf::make_message_id(), {}),
      content_(std::move(content)),
      waiting_(std::move(waiting)) {
    // nop
  }

  ~counted_element() override {
    waiting_->fetch_sub(1, std::memory_order_acq_rel);
  }

  caf::type_erased_tuple& content() override {
    return content_;
  }

  const caf::type_erased_tuple& content() const override {
    return content_;
  }

  caf::message move_content_to_message() override {
    return std::move(content_);
  }

  caf::message copy_content_to_message() const override {
    return content_;
  }

private:
  caf::message content_;
  std::shared_ptr<counter> waiting_;
};

bounded_line::bounded_line(uint32_t most)
  : most_(most), waiting_(std::make_shared<counter>(0)) {
  if (most == 0)
    throw std::invalid_argument("a receiver needs room for a message");
}

bool bounded_line::catches_up() {
  auto waiting = waiting_->fetch_add(0, std::memory_order_acq_rel);
  return waiting <= std::max(most_ / 2, uint32_t{1});
}

bool bounded_line::send(caf::local_actor* self, const caf::strong_actor_ptr& to,
                        caf::message content, const caf::message& notice) {
  if (drops_ && !catches_up())
    return false;
  drops_ = waiting_->fetch_add(1, std::memory_order_acq_rel) >= most_;
  if (drops_)
    content = notice;
  auto* element = new counted_element(self->ctrl(), std::move(content),
                                      waiting_);
  to->enqueue(caf::mailbox_element_ptr{element}, self->context());
  return drops_;
}

} // namespace kv::otp
