#pragma once

#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace kv::otp {

/// What one thread runs now; `running` has the details.
struct running_slot;

/// Says, while it exists, that this thread runs a handler of an actor. They
/// nest: an actor may run others in place.
/// Complexity: O(1), a few stores, no lock.
class running {
public:
  /// @param what The message it handles; null while it starts.
  running(caf::local_actor& who, const caf::mailbox_element* what) noexcept;

  running(const running&) = delete;

  running& operator=(const running&) = delete;

  ~running();

  /// Returns the actor whose handler this thread runs: the innermost.
  /// @pre It runs one. Complexity: O(1). Thread safety: any thread.
  static caf::local_actor& innermost() noexcept;

private:
  friend class running_reader;

  running_slot* slot_;
  caf::local_actor* who_;
  const caf::mailbox_element* what_;
  const running* outer_;
};

/// An actor that a thread runs now.
struct busy_actor {
  caf::actor_id id = 0;
  std::string name;
  std::string message; ///< The types of what it handles; empty if it starts.
  uint64_t thread = 0; ///< Numbers the threads.
  uint64_t begun = 0;  ///< How many handlers that thread has begun.

  friend bool operator==(const busy_actor&, const busy_actor&) = default;
};

/// Returns what all threads run now: of one thread, the innermost actor first.
/// One that is there again after a while, equal, has not got any further.
/// Complexity: O(threads), and a barrier on all of them: for looking, not for
/// every message. Thread safety: any thread.
std::vector<busy_actor> busy_actors();

} // namespace kv::otp
