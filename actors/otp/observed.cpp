#include "actors/otp/observed.hpp"

#include <utility>

namespace kv::otp {

const observed* observed::of(const caf::strong_actor_ptr& x) noexcept {
  return x ? dynamic_cast<const observed*>(x->get()) : nullptr;
}

std::chrono::milliseconds observed::uptime(const caf::strong_actor_ptr& x,
                                           time_point now) noexcept {
  const auto* who = of(x);
  return who == nullptr
           ? std::chrono::milliseconds{0}
           : std::chrono::floor<std::chrono::milliseconds>(now - who->since_);
}

void observed::record(const caf::mailbox_element& x) {
  if (!trace_->add(x))
    trace_ = nullptr;
}

void observed::trace(message_trace_ptr x) {
  trace_.swap(x);
  if (x)
    x->finish();
}

void observed::end_watch() {
  limit(no_limit);
  trace(nullptr);
}

bool observed::answer(caf::local_actor& self, caf::mailbox_element& x) {
  self.current_mailbox_element(&x);
  auto& content = x.content();
  if (content.match_elements<trace_request>()) {
    trace(content.get_as<trace_request>(0).trace);
    return true;
  }
  if (!content.match_elements<inspect_request>())
    return false;
  inspection result;
  result.waiting = waiting();
  describe(result);
  content.get_as<inspect_request>(0).done.deliver(std::move(result));
  return true;
}

} // namespace kv::otp
