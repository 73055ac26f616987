#pragma once

#include "actors/kv/bucket.hpp"
#include "actors/kv/durable.hpp"
#include "actors/kv/kept_modes.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/error.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kv {

/// What may be set about a keeper.
struct keeper_options {
  /// Of what has no mode of its own; not `none`.
  durability mode = durability::everysec;
  /// Has a thread of its own; otherwise `commit` is somebody's to call.
  bool threaded = true;
  /// How long until it tries again what could not be kept.
  std::chrono::milliseconds patience = std::chrono::seconds{1};
  /// Called at the start, now and then, with how many fields and strings are
  /// back, and how many bytes they have.
  std::function<void(uint64_t rows, uint64_t bytes)> on_recovery = {};
};

/// What came back at the start.
struct recovery_report {
  uint64_t buckets = 0;
  uint64_t fields = 0;
  uint64_t strings = 0;
  std::vector<std::string> damage; ///< See `kept_report`.
  std::chrono::milliseconds took{0};
};

/// What a keeper says of itself.
struct keeper_status {
  uint64_t unsaved = 0;  ///< Changes that may not be on the disk yet.
  int64_t last_save = 0; ///< When all was on the disk, in Unix time.
  std::string failure;   ///< Why nothing is kept now; empty: it is.
};

/// The KEEPER has changes kept: whoever changes something tells it and goes on,
/// and one thread hands what all have told to the engine, in the order of the
/// telling. Answers wait for that, not threads. There is at most one in a
/// process, as there is one application; none costs a writer one comparison.
///
/// If the engine fails, what waits is answered with `ec::not_kept`, and writes
/// are refused until the engine works again: then what it had not taken is
/// written first, for it is in memory.
///
/// Thread safety: any thread, unless said otherwise.
class keeper {
public:
  using answer = std::function<void(const caf::error&)>;

  /// Becomes the one of the process. Errors: throws `std::logic_error` if there
  /// is one.
  explicit keeper(std::unique_ptr<durable_engine> engine,
                  keeper_options options = {});

  keeper(const keeper&) = delete;

  keeper& operator=(const keeper&) = delete;

  /// Has everything kept that it was told. @pre Nobody tells it more.
  ~keeper();

  /// Returns the one of the process, or null. Complexity: one load.
  static keeper* of_process() noexcept {
    return instance.load(std::memory_order_acquire);
  }

  // -- telling; within a `kept_step`, all of that is one change

  void put(bool strings, std::string_view name, const field& x) {
    put(strings, name, x.key, x.value, x.expires);
  }

  void put(bool strings, std::string_view name, std::string_view key,
           std::string_view value, deadline expires);

  void erase(bool strings, std::string_view name, std::string_view key);

  void clear(bool strings, std::string_view name);

  /// A bucket was made, without fields.
  void create(const kept_bucket& x);

  void describe(const kept_bucket& x);

  /// A bucket was deleted: nothing else drops what is kept of it.
  void drop(std::string_view name);

  void note_event(uint64_t number);

  // -- modes

  /// Returns how a bucket is kept, or would be.
  durability mode_of(std::string_view bucket) const {
    return modes_.find(bucket).value_or(options_.mode);
  }

  kept_modes& modes() noexcept {
    return modes_;
  }

  // -- waiting

  /// Returns the position of what was told last.
  uint64_t told() const;

  /// Calls `f` once what was told up to a position is kept, or cannot be; at
  /// once if it is. Otherwise on the keeper's thread: it must neither throw nor
  /// block.
  void when_kept(uint64_t position, answer f);

  /// Returns why writes are refused now; no error if they are not.
  caf::error refusal() const;

  bool refuses() const noexcept {
    return refuses_.load(std::memory_order_relaxed);
  }

  keeper_status status() const;

  // -- at the start, and after a crash

  /// Has the strings told to `strings`, and makes the buckets' tables, which
  /// wait for `take_loaded`. Once, before anything is told.
  /// Errors: throws `durable_failure`.
  void recover(const ets::write_operations<fields_table>& strings);

  const recovery_report& recovered() const noexcept {
    return report_;
  }

  uint64_t last_event() const noexcept {
    return last_event_;
  }

  /// Returns the buckets that were recovered; to the first caller alone.
  std::optional<std::vector<kept_bucket>> take_recovered();

  /// Loads one bucket's table for `take_loaded`, then calls `done` on the
  /// keeper's thread with what is kept of it, or with nothing.
  void load(std::string name,
            std::function<void(std::optional<kept_bucket>)> done);

  /// Calls `done` on the keeper's thread with the names of all kept buckets.
  void list(std::function<void(std::vector<std::string>)> done);

  /// Says that all buckets that were recovered run.
  void all_back();

  /// Waits for `all_back`; returns false if it lasts longer.
  bool wait_back(std::chrono::milliseconds timeout) const;

  /// Takes the table that was loaded for a bucket; an empty one if none was.
  ets::owner<fields_table> take_loaded(const std::string& name);

  // -- saving

  /// Has everything that was told on the disk, then calls `f`.
  void save(answer f);

  /// Has a copy made of what was told up to now, in a directory that is empty
  /// or is made for it; calls `f` on some thread once it is on the disk. One at
  /// a time, and none while writes are refused: otherwise `f` gets an error.
  void checkpoint(std::string dir, answer f);

  /// Does what the thread would do now; returns whether there may be more. For
  /// keepers without a thread.
  bool commit();

private:
  friend class kept_step;

  using job = std::function<void(durable_engine&)>;

  struct waiter {
    uint64_t position;
    answer f;
  };

  /// What was told and not handed on yet.
  struct inbox {
    kept_changes changes;
    std::vector<waiter> waiting;
    std::vector<job> jobs;
    uint64_t position = 0; ///< Of the last change.
    bool must_sync = false;
    bool wants_sync = false; ///< What was told is acknowledged after a sync.

    bool empty() const noexcept {
      return changes.empty() && waiting.empty() && jobs.empty() && !must_sync;
    }
  };

  void tell(const kept_change& x, durability how);
  void tell_field(const kept_change& x);
  durability mode_of_existence(std::optional<durability> own) const;
  uint64_t append(const kept_changes& xs, bool wants_sync);
  void add_job(job x);
  void wake();
  void run();
  bool round();
  void serve(inbox& work);
  void put_off(inbox& work);
  bool write(inbox& work);
  bool retry();
  void tidy();
  void begin_to_refuse(const std::string& reason);
  void copy(durable_engine& engine, const std::string& dir, const answer& f);
  static void finish(std::vector<waiter>& xs, const caf::error& reason);

  inline static std::atomic<keeper*> instance = nullptr;

  const std::unique_ptr<durable_engine> engine_; ///< The thread's.
  const keeper_options options_;
  kept_modes modes_;
  mutable std::mutex mtx_;
  mutable std::condition_variable changed_;
  inbox inbox_;
  uint64_t told_ = 0;
  uint64_t kept_ = 0;  ///< Everything up to it is.
  uint64_t saved_ = 0; ///< And is on the disk, whatever the mode.
  bool idle_ = false;  ///< The thread waits.
  bool ends_ = false;
  bool all_back_ = false;
  std::string failure_;
  int64_t last_save_ = 0;
  std::atomic<bool> refuses_ = false;
  std::atomic<bool> copying_ = false;
  std::atomic<bool> copy_ends_ = false;
  // The thread's own.
  std::vector<kept_changes> unsynced_;
  std::vector<job> stalled_; ///< Until the engine works again.
  bool untidy_ = true;
  std::chrono::steady_clock::time_point due_{}; ///< Of a sync, or a retry.
  std::thread copier_;
  // Of the start.
  recovery_report report_;
  uint64_t last_event_ = 0;
  std::optional<std::vector<kept_bucket>> recovered_;
  boost::unordered_flat_map<std::string, ets::owner<fields_table>> loaded_;
  std::thread thread_;
};

} // namespace kv
