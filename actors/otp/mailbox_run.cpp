#include "actors/otp/mailbox_run.hpp"

namespace kv::otp {

caf::resumable::resume_result run_mailbox(caf::scheduled_actor& self,
                                          caf::execution_unit* unit,
                                          size_t most) {
  using caf::resumable;
  if (!self.activate(unit))
    return resumable::done;
  constexpr size_t quantum = 3; // as CAF's: then it looks for urgent messages
  size_t handled = 0;
  caf::scheduled_actor::mailbox_visitor visitor{&self, handled, most};
  auto& mailbox = self.mailbox();
  while (handled < most) {
    auto round = mailbox.new_round(quantum, visitor);
    if (!round.consumed_items) {
      if (handled > 0)
        self.set_receive_timeout();
      if (mailbox.try_block())
        return resumable::awaiting_message;
    }
    if (self.finalize())
      return resumable::done;
    if (has_streams(self))
      return resumable::resume_later; // CAF goes on
  }
  self.set_receive_timeout();
  return mailbox.try_block() ? resumable::awaiting_message
                             : resumable::resume_later;
}

} // namespace kv::otp
