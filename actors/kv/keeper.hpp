#pragma once

#include "actors/kv/bucket.hpp"
#include "actors/kv/durable.hpp"
#include "actors/kv/keeper_thread.hpp"
#include "actors/kv/kept_comeback.hpp"
#include "actors/kv/kept_modes.hpp"
#include "actors/kv/kept_numbers.hpp"

#include <caf/error.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  /// Called at the start, now and then; see `kept_comeback`.
  kept_comeback::progress on_recovery = {};
};

/// The KEEPER has changes kept: whoever changes something tells it and goes on;
/// answers wait for that, not threads. There is at most one in a process, as
/// there is one application; none costs a writer one comparison.
///
/// It is made of what knows how a bucket is kept (`modes`), what hands changes
/// to the engine (`keeper_thread`), what is back from the process before
/// (`kept_comeback`), and the numbers of events (`kept_numbers`).
///
/// Thread safety: any thread, unless said otherwise.
class keeper {
public:
  using answer = keeper_thread::answer;

  /// Becomes the one of the process. Errors: throws `std::logic_error` if there
  /// is one.
  explicit keeper(std::unique_ptr<durable_engine> engine,
                  keeper_options options = {});

  keeper(const keeper&) = delete;

  keeper& operator=(const keeper&) = delete;

  /// Ends.
  ~keeper();

  /// Has everything kept that it was told, and is none of the process from
  /// then on: who has found it before, and tells or asks it later, hears
  /// `ec::not_kept`. Complexity: O(1) after the first time.
  void end();

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

  /// An event has this number, and is told next: the registry alone says so.
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
  uint64_t told() const {
    return thread_.told();
  }

  /// Calls `f` once what was told up to a position is kept, or cannot be; at
  /// once if it is. Otherwise on the keeper's thread: it must neither throw nor
  /// block.
  void when_kept(uint64_t position, answer f) {
    thread_.when_kept(position, std::move(f));
  }

  /// Returns why writes are refused now; no error if they are not.
  caf::error refusal() const {
    return thread_.refusal();
  }

  bool refuses() const noexcept {
    return thread_.refuses();
  }

  /// Returns why writes to the fields of a bucket are refused now: what is not
  /// kept anyway is not.
  caf::error refusal_for(std::string_view bucket) const {
    return refuses() && mode_of(bucket) != durability::none ? refusal()
                                                            : caf::error{};
  }

  keeper_status status() const {
    return thread_.status();
  }

  // -- at the start, and after a crash

  /// Has the strings told to `strings`, and makes the buckets' tables, which
  /// wait in `comeback`. Once, before anything is told.
  /// Errors: throws `durable_failure`.
  void recover(const ets::write_operations<fields_table>& strings);

  const recovery_report& recovered() const noexcept {
    return comeback_.report();
  }

  /// Waits until all buckets run that were kept; returns false if it lasts
  /// longer.
  bool wait_back(std::chrono::milliseconds timeout) const {
    return comeback_.wait_back(timeout);
  }

  /// Returns a number that no event has reached.
  uint64_t last_event() const noexcept {
    return numbers_.last();
  }

  /// Loads one bucket's table into `comeback`, then calls `done` on the
  /// keeper's thread with what has come of it.
  void load(std::string name, std::function<void(kept_state)> done);

  /// Calls `done` on the keeper's thread with the names of all kept buckets.
  void list(std::function<void(std::vector<std::string>)> done);

  /// What was there before, and what is being brought back.
  kept_comeback& comeback() noexcept {
    return comeback_;
  }

  // -- saving

  /// Has everything that was told on the disk, then calls `f`.
  void save(answer f) {
    thread_.save(std::move(f));
  }

  /// Has a copy made of what was told up to now, in a directory that is empty
  /// or is made for it; calls `f` on some thread once it is on the disk. One at
  /// a time, and none while writes are refused: otherwise `f` gets an error.
  void checkpoint(std::string dir, answer f) {
    thread_.checkpoint(std::move(dir), std::move(f));
  }

  /// Does what the thread would do now; returns whether there may be more. For
  /// keepers without a thread.
  bool commit() {
    return thread_.commit();
  }

private:
  friend class kept_step;

  void tell(const kept_change& x, durability how);
  void tell_field(const kept_change& x);
  durability mode_of_existence(std::optional<durability> own) const;

  inline static std::atomic<keeper*> instance = nullptr;

  const keeper_options options_;
  kept_modes modes_;
  kept_comeback comeback_;
  kept_numbers numbers_;
  keeper_thread thread_;
};

} // namespace kv
