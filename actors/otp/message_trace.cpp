#include "actors/otp/message_trace.hpp"

#include "actors/otp/message_text.hpp"

#include <utility>

namespace kv::otp {

bool message_trace::add(const caf::mailbox_element& x) {
  constexpr size_t most_text = 64;
  traced_message entry{std::chrono::system_clock::now(),
                       x.sender ? x.sender->id() : 0,
                       text_of(x.content(), most_text)};
  {
    std::lock_guard guard{mtx_};
    if (finished_)
      return false;
    messages_.push_back(std::move(entry));
    if (messages_.size() < most_)
      return true;
  }
  finish();
  return false;
}

void message_trace::finish() {
  std::vector<traced_message> result;
  {
    std::lock_guard guard{mtx_};
    if (std::exchange(finished_, true))
      return;
    result.swap(messages_);
  }
  done_.deliver(std::move(result));
}

} // namespace kv::otp
