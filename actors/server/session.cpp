#include "actors/server/session.hpp"

#include "actors/server/dropped_client.hpp"

// Invariants
// I1  A completion fires at most once, and on whatever thread; only the
//     session's thread touches the session.
// I2  `processing_` is read on the session's thread only.

namespace kv::server {

bool session::process(size_t budget) {
  const auto sound = output_.size();
  auto more = false;
  processing_ = true;
  try {
    more = !waiting() && !ended_ && handle_input(budget);
  } catch (const std::exception& reason) {
    fail(reason);
  }
  processing_ = false;
  if (failed_)
    output_.resize(sound);
  if (input_.empty() && input_.capacity() > spare_size)
    input_.shrink_to_fit(); // an assignment would keep the memory
  return more && !failed_;
}

void session::fail(const std::exception& reason) noexcept {
  ended_ = failed_ = true;
  log_dropped_client(reason);
}

} // namespace kv::server
