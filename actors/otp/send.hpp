#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/exit_reason.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/system_messages.hpp>

#include <utility>

namespace kv::otp {

/// Asks `dest` to end, ahead of the messages it has queued. CAF's own
/// `send_exit` is a message of normal priority, even for `kill`.
inline void send_exit(caf::local_actor* self, const caf::strong_actor_ptr& dest,
                      caf::exit_reason reason) {
  if (dest)
    dest->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                  caf::make_message(
                    caf::exit_msg{self->address(), caf::error{reason}}),
                  self->context());
}

/// Sends a plain message to an actor of any type; CAF lets typed actors send to
/// typed ones only. The receiver's answer, if any, is a plain message too.
inline void send(caf::local_actor* self, const caf::strong_actor_ptr& dest,
                 caf::message msg) {
  if (dest)
    dest->enqueue(self->ctrl(), caf::make_message_id(), std::move(msg),
                  self->context());
}

/// The same, but `dest` runs on a worker of the scheduler, never on the thread
/// that runs `self` now: for receivers that may take their time.
inline void send_aside(caf::local_actor* self,
                       const caf::strong_actor_ptr& dest, caf::message msg) {
  if (dest)
    dest->enqueue(self->ctrl(), caf::make_message_id(), std::move(msg),
                  nullptr);
}

/// The same without a sender: the receiver answers nobody.
inline void anon_send_aside(const caf::strong_actor_ptr& dest,
                            caf::message msg) {
  if (dest)
    dest->enqueue(nullptr, caf::make_message_id(), std::move(msg), nullptr);
}

} // namespace kv::otp
