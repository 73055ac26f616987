#include "actors/otp/state_actor.hpp"

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

} // namespace kv::otp
