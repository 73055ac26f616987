#include "actors/otp/state_actor.hpp"

#include "actors/base/atoms.hpp"

namespace kv::otp {

caf::error to_error(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    return caf::make_error(ec::crashed, std::string{e.what()});
  } catch (...) {
    return caf::make_error(ec::crashed, std::string{"unknown exception"});
  }
}

caf::result<caf::message> answer_unexpected(const caf::message_view& x) {
  const auto& content = x.content();
  if (content.size() >= 2 && content.match_element<atom::event>(0)
      && content.match_element<uint64_t>(1))
    return caf::make_message(atom::ack_v, content.get_as<uint64_t>(1));
  return caf::sec::unexpected_message;
}

} // namespace kv::otp
