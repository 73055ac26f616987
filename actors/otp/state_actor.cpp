#include "actors/otp/state_actor.hpp"

#include "actors/base/atoms.hpp"
#include "actors/otp/crash_journal.hpp"
#include "actors/otp/message_text.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

namespace kv::otp {

namespace {

std::string text_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

} // namespace

caf::error to_error(const std::exception_ptr& x) {
  return caf::make_error(ec::crashed, text_of(x));
}

caf::error crash_of(caf::scheduled_actor* self, uint64_t waiting,
                    const std::exception_ptr& x) {
  crash_details details;
  if (auto* element = self->current_mailbox_element())
    details.last_message = types_of(element->content());
  details.mailbox = waiting;
  auto result = make_crash(text_of(x), std::move(details));
  report_crash(std::string{self->name()} + ": " + describe(result));
  return result;
}

caf::result<caf::message> answer_unexpected(const caf::message_view& x) {
  const auto& content = x.content();
  if (content.size() >= 2 && content.match_element<atom::event>(0)
      && content.match_element<uint64_t>(1))
    return caf::make_message(atom::ack_v, content.get_as<uint64_t>(1));
  return caf::sec::unexpected_message;
}

} // namespace kv::otp
