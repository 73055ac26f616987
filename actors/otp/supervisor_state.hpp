#pragma once

#include "actors/otp/restart_window.hpp"
#include "actors/otp/supervisor.hpp"
#include "actors/otp/supervisor_children.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <memory>
#include <optional>

namespace kv::otp {

/// What runs behind a `supervisor_actor`.
class supervisor_state {
public:
  using handle_type = supervisor_actor;

  static constexpr const char* name = "otp.supervisor";

  /// Starts all children before it returns. If one cannot be started, says so
  /// by `start_failure`, stops those before it and ends.
  /// Errors: throws what `init` throws, or if it does not make sense.
  /// @param names The table this supervisor writes its children's names to.
  supervisor_state(handle_type::pointer self, ets::writer<names_table> names,
                   const init_function& init);

  /// Kills the children that still run.
  ~supervisor_state();

  handle_type::behavior_type make_behavior();

  const caf::error& start_failure() const {
    return start_failure_;
  }

  void show(inspection& out) const;

private:
  using entry = supervisor_child;

  using phase = supervisor_child::phase;

  /// Gets no error once it is carried out, `shutting_down` if it never is.
  using finish_function = std::function<void(const caf::error&)>;

  /// A plan that is being carried out.
  struct operation {
    plan what;
    finish_function finish;
    size_t next = 0;               ///< Which of `what.stop` is being stopped.
    std::optional<size_t> failing; ///< The child whose start has failed.
  };

  struct waiter {
    std::string id;
    completion<caf::strong_actor_ptr> done;
  };

  std::vector<child_facts> facts() const;

  caf::error check(const child_spec& x) const;

  void start_all(std::vector<child_spec> children);

  caf::expected<child> start(entry& x);

  std::vector<child_info> which_children() const;

  child_counts count_children() const;

  void start_child(child_spec spec, const completion<child>& done);

  void restart_child(const std::string& id, const completion<child>& done);

  /// @param keep The spec stays if the start fails.
  void start_on_request(entry& x, const completion<child>& done, bool keep);

  void terminate_child(const std::string& id,
                       const completion<caf::ok_atom>& done);

  void delete_child(const std::string& id,
                    const completion<caf::ok_atom>& done);

  void await(waiter x);

  /// Answers those who await a child that runs, or that will not.
  void settle_waiters();

  /// Calls `task` once nothing is being carried out any more.
  void enqueue(std::function<void()> task);

  void go_on();

  void carry_out(plan what, finish_function finish);

  /// Stops the next child, or goes on to what follows the stops.
  void proceed();

  void set_stopped(entry& x);

  void start_planned();

  void conclude();

  void on_down(const caf::down_msg& msg);

  void on_end(entry& x);

  void record(const entry& x);

  /// Restarts a child, now or after its backoff.
  void restart(entry& x);

  /// Restarts a child, or gives up if that were one restart too many.
  void restart_now(entry& x);

  void retry_after(entry& x, std::chrono::milliseconds delay);

  void retry(const std::string& id, uint64_t attempt);

  void cancel_restart(const entry& x);

  void begin_shutdown(const caf::error& reason);

  void ask_to_end(const entry& x);

  void on_deadline(const caf::actor_addr& child);

  void kill_all() noexcept;

  void forget_name(const entry& x) noexcept;

  handle_type::pointer self_;
  ets::writer<names_table> names_;
  supervisor_flags flags_;
  kept_tables tables_;
  crash_journal_ptr journal_;
  restart_window window_{0, {}};
  supervisor_children entries_;
  std::vector<waiter> waiters_;
  std::optional<operation> now_;
  std::deque<std::function<void()>> later_;
  uint64_t attempts_ = 0;
  bool runs_ = false; ///< The actor has begun to handle messages.
  bool shutting_down_ = false;
  caf::error start_failure_;
  caf::error exit_reason_;
};

} // namespace kv::otp
