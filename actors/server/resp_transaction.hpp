#pragma once

#include "actors/server/kept_request.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::server {

/// What one client has between MULTI and EXEC, and what it watches. A
/// transaction runs in one bucket, or in the strings, as a Redis cluster runs
/// it in one slot. Thread safety: the session's thread.
class resp_transaction {
public:
  explicit resp_transaction(resp_session& self) : self_(self) {
    // nop
  }

  /// Returns whether requests are queued.
  bool active() const noexcept {
    return queue_.has_value();
  }

  /// Queues a request, or refuses it.
  void enqueue(const command& what, arguments args);

  /// A request was refused: EXEC will not run the others.
  void break_off() noexcept {
    if (queue_)
      queue_->broken = true;
  }

  // The commands; each of them replies.

  void begin();
  void discard();
  void execute();
  void watch(arguments names);
  void unwatch();

  /// Returns the reply of a transaction that has run.
  std::string compose(kept_transaction& work) const;

  /// Drops everything.
  void reset();

private:
  struct queue {
    std::vector<kept_request> requests;
    bool broken = false; ///< A request was refused.
  };

  /// Where a transaction runs.
  struct place {
    bool one_slot = true; ///< All of it can run there.
    std::optional<std::string_view> bucket = std::nullopt; ///< None: strings.
  };

  bool fits(const command& what, arguments args) const;
  place find_place(const kept_transaction& work) const;
  void refuse(std::string_view reason);

  resp_session& self_;
  std::optional<queue> queue_;
  std::vector<kept_transaction::watch> watches_;
};

} // namespace kv::server
