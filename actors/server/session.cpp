#include "actors/server/session.hpp"

// Invariants
// I1  A completion fires at most once, and on whatever thread; only the
//     session's thread touches the session.
// I2  `processing_` is read on the session's thread only.

namespace kv::server {

bool session::process(size_t budget) {
  processing_ = true;
  auto more = !waiting() && !ended_ && handle_input(budget);
  processing_ = false;
  if (input_.empty() && input_.capacity() > spare_size)
    input_.shrink_to_fit(); // an assignment would keep the memory
  return more;
}

} // namespace kv::server
