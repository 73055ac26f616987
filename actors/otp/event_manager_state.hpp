#pragma once

#include "actors/otp/event_manager.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <optional>

namespace kv::otp {

/// What runs behind an `event_manager_actor`.
class event_manager_state {
public:
  using handle_type = event_manager_actor;

  static constexpr const char* name = "otp.event_manager";

  using clock = std::chrono::steady_clock;

  /// @param handlers May hold the handlers of a previous manager.
  /// @param deadline What handlers get to acknowledge an event.
  /// @param log How many events are kept for handlers that want earlier ones,
  ///            or have no room.
  event_manager_state(handle_type::pointer self,
                      ets::writer<handlers_table> handlers,
                      clock::duration deadline = std::chrono::seconds{5},
                      size_t log = 0);

  handle_type::behavior_type make_behavior();

private:
  using told_promise = caf::typed_response_promise<atom::told, uint64_t>;

  /// What one handler has been told and has not acknowledged.
  struct recipient {
    handler_entry entry;
    uint64_t next = 0;   ///< The next event to consider.
    uint64_t counts = 0; ///< The first event somebody may wait for it with.
    uint64_t lost = 0; ///< The first event it lost and has not heard of, or 0,
    uint64_t lost_to = 0; ///< and the last one.
    std::deque<uint64_t> outstanding = {};
    clock::time_point since = {}; ///< When the first of them became the first.
    bool late = false;            ///< Nobody waits for it now.
    caf::actor_addr heir_of = {}; ///< Told nothing until that one's state came.
    caf::error broken = {};       ///< What its filter threw.
  };

  /// An event that somebody waits for.
  struct pending_event {
    size_t missing = 0;
    uint64_t callers_number = 0;
    told_promise promise = {};
  };

  using position = std::vector<recipient>::iterator;

  caf::error add(caf::actor handler, const handler_options& options);

  caf::error swap(const caf::actor& old, caf::actor handler);

  void on_state(const caf::message& state);

  void inherit(recipient& heir, const caf::message& state);

  caf::result<caf::message> call(const caf::actor& handler,
                                 const caf::message& request);

  void tell(const caf::message& event, std::optional<pending_event> waiting);

  /// Tells a handler what it has room for.
  void pump(recipient& x);

  /// Drops the oldest event of the log.
  void drop_oldest();

  void remove_broken();

  static bool wants(recipient& x, const caf::message& event);

  static bool has_room(const recipient& x);

  uint64_t first_logged() const {
    return next_ - log_.size();
  }

  const caf::message& logged(uint64_t n) const {
    return log_[n - first_logged()];
  }

  void on_ack(uint64_t n);

  void on_error(const caf::error& reason);

  void on_down(const caf::down_msg& msg);

  void remove(position pos, const caf::error& reason);

  /// Nobody waits for what `x` owes any more.
  void release(recipient& x);

  /// One acknowledgement of event `n` fewer is missing.
  void settle(uint64_t n);

  void sweep();

  void arm(clock::duration after);

  /// Monitors a handler and its owner, who may have other roles here.
  void watch(const handler_entry& x);

  void unwatch(const handler_entry& x);

  position find(const caf::actor_addr& handler);

  position sender();

  handle_type::pointer self_;
  ets::writer<handlers_table> handlers_;
  clock::duration deadline_;
  size_t log_size_;
  std::vector<recipient> recipients_;
  boost::unordered_flat_map<caf::actor_id, size_t> watched_; ///< Roles each.
  boost::unordered_flat_map<uint64_t, pending_event> pending_;
  std::deque<caf::message>
    log_; ///< Events `first_logged()` and so on, as told.
  uint64_t next_ = 1;
  bool armed_ = false;
};

} // namespace kv::otp
