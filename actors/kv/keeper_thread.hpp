#pragma once

#include "actors/kv/durable.hpp"

#include <caf/error.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace kv {

/// What a keeper says of itself.
struct keeper_status {
  uint64_t unsaved = 0;  ///< Changes that may not be on the disk yet.
  int64_t last_save = 0; ///< When all was on the disk, in Unix time.
  std::string failure;   ///< Why nothing is kept now; empty: it is.
};

/// The KEEPER'S THREAD hands what is appended to the engine, in order and as
/// much at once as there is, and calls whoever waits for that. What need not be
/// synced a thread that gathers, see `kept_gathering`, hands over itself while
/// the keeper's sleeps.
///
/// If the engine fails, what waits hears `ec::not_kept`, and it refuses until
/// the engine works again: then what it had not taken is written first.
///
/// Thread safety: any thread, unless said otherwise.
class keeper_thread {
public:
  using answer = std::function<void(const caf::error&)>;
  using job = std::function<void(durable_engine&)>;

  /// @param patience How long until it tries again what could not be kept.
  keeper_thread(std::unique_ptr<durable_engine> engine,
                std::chrono::milliseconds patience);

  keeper_thread(const keeper_thread&) = delete;

  keeper_thread& operator=(const keeper_thread&) = delete;

  /// Ends. @pre Nobody calls it any more.
  ~keeper_thread();

  /// Has everything on the disk, and refuses from then on: nothing that is
  /// appended later is kept. Complexity: O(1) after the first time.
  void end();

  // -- before it begins

  durable_engine& engine() noexcept {
    return *engine_;
  }

  /// Has changes on the disk on return, or refuses from then on.
  void write_first(kept_changes xs);

  /// Begins with what was appended. Without it, `commit` is somebody's to call.
  void begin();

  // -- appending

  /// Returns the position of these changes.
  /// @param wants_sync Whoever waits for them waits for the disk.
  /// @param f Is called once they are kept, if there is one: see `when_kept`.
  uint64_t append(const kept_changes& xs, bool wants_sync, answer f = {});

  /// Calls `x` with the engine, behind all that was appended before.
  void add_job(job x);

  /// Has everything that was appended on the disk, then calls `f`.
  void save(answer f);

  /// Has a copy made of what was appended up to now; see `keeper::checkpoint`.
  void checkpoint(std::string dir, answer f);

  // -- waiting

  /// Returns the position of what was appended last.
  uint64_t told() const;

  /// Calls `f` once what was appended up to a position is kept, or cannot be;
  /// at once if it is.
  void when_kept(uint64_t position, answer f);

  bool refuses() const noexcept {
    return refuses_.load(std::memory_order_relaxed);
  }

  /// Returns why it refuses; no error if it does not.
  caf::error refusal() const;

  keeper_status status() const;

  /// Does what the thread would do now; returns whether there may be more.
  bool commit();

private:
  struct waiter {
    uint64_t position;
    answer f;
  };

  /// What was appended and not handed on yet.
  struct inbox {
    kept_changes changes;
    std::vector<waiter> waiting;
    std::vector<job> jobs;
    uint64_t position = 0;   ///< Of the last change.
    bool must_sync = false;  ///< Even if nothing was appended.
    bool wants_sync = false; ///< What was appended is kept after a sync.

    bool empty() const noexcept {
      return changes.empty() && waiting.empty() && jobs.empty() && !must_sync;
    }
  };

  bool is_urgent() const noexcept {
    return ends_ || inbox_.must_sync || !inbox_.jobs.empty();
  }

  bool has_ended(std::unique_lock<std::mutex>& lock, const answer& f);
  void wake(std::unique_lock<std::mutex>& lock);
  void wake_soon(std::unique_lock<std::mutex>& lock);
  void commit_here() noexcept;
  void wait(std::unique_lock<std::mutex>& lock);
  void run();
  bool round();
  void tidy();
  void serve(inbox& work);
  void put_off(inbox& work);
  bool write(inbox& work);
  bool retry();
  void begin_to_refuse(const std::string& reason);
  void copy(durable_engine& engine, const std::string& dir, const answer& f);
  static void finish(std::vector<waiter>& xs, const caf::error& reason);

  const std::unique_ptr<durable_engine> engine_; ///< The thread's.
  const std::chrono::milliseconds patience_;
  mutable std::mutex mtx_;
  std::condition_variable changed_;
  inbox inbox_;
  uint64_t told_ = 0;
  uint64_t kept_ = 0;             ///< Everything up to it is.
  uint64_t saved_ = 0;            ///< And is on the disk, whatever the mode.
  bool idle_ = false;             ///< The thread waits.
  bool leads_ = false;            ///< Another one does what it does.
  bool waits_for_leader_ = false; ///< The thread waits, until that one is done.
  bool ends_ = false;
  bool ended_ = false; ///< Nobody looks at the inbox any more.
  std::string failure_;
  int64_t last_save_;
  std::atomic<bool> refuses_ = false;
  std::atomic<bool> copying_ = false;
  std::atomic<bool> copy_ends_ = false;
  // The thread's own, or of the one that leads.
  std::vector<kept_changes> unsynced_;
  std::vector<job> stalled_; ///< Until the engine works again.
  bool untidy_ = true;
  std::chrono::steady_clock::time_point due_{}; ///< Of a sync, or a retry.
  std::thread copier_;

  /// How threads that gather find this, until it goes.
  struct gate {
    std::shared_mutex mtx;
    keeper_thread* to;
  };

  const std::shared_ptr<gate> gate_;
  std::thread thread_;
};

} // namespace kv
