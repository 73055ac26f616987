#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/kv/keeper_thread.hpp"
#include "actors/kv/wall_time.hpp"

#include <utility>

// What the keeper's thread does.
//
// Invariants
// I1  Changes reach the engine in the order in which they were appended.
// I2  What waits for a position is answered without an error only after the
//     engine has taken everything up to it, and has on the disk what of that is
//     kept in mode `always`.
// I3  What the engine may not have on the disk is in `unsynced_`: after a
//     failure it is written again, before anything that was appended later.
// I4  Nobody is called with the mutex held.
// I5  Whatever the engine throws, also out of memory, is a failure of it.

namespace kv {

namespace {

constexpr std::chrono::seconds sync_interval{1};

using steady = std::chrono::steady_clock;

} // namespace

void keeper_thread::write_first(kept_changes xs) {
  inbox work;
  work.changes = std::move(xs);
  work.must_sync = true;
  write(work);
}

void keeper_thread::run() {
  std::unique_lock lock{mtx_};
  for (auto last = false; !last;) {
    wait(lock);
    last = ends_;
    lock.unlock();
    round();
    lock.lock();
  }
}

// Until there is something to do, and nobody else does it. The end counts as
// such: whoever has told it may have found this one awake, in a round that has
// taken the rest of the inbox along.
void keeper_thread::wait(std::unique_lock<std::mutex>& lock) {
  idle_ = inbox_.empty() && !untidy_ && !ends_;
  while (idle_ || leads_) {
    if (leads_) { // who may set `due_`
      waits_for_leader_ = true;
      changed_.wait(lock);
    } else if (due_ == steady::time_point{})
      changed_.wait(lock);
    else if (changed_.wait_until(lock, due_) == std::cv_status::timeout)
      idle_ = false;
  }
}

// What the thread would do if it were awake. What may take long is left to it.
// If there is no memory to hand on what was taken, the process ends, as it does
// in the thread itself: what is lost was acknowledged, perhaps.
void keeper_thread::commit_here() noexcept {
  std::unique_lock lock{mtx_};
  if (!idle_ || leads_ || inbox_.empty())
    return;
  auto is_due = due_ != steady::time_point{} && steady::now() >= due_;
  if (is_due || is_urgent() || inbox_.wants_sync || refuses()) {
    wake(lock);
    return;
  }
  auto before = due_;
  leads_ = true;
  lock.unlock();
  round();
  lock.lock();
  leads_ = false;
  if (untidy_ || !inbox_.empty())
    idle_ = false;
  auto must_wake = std::exchange(waits_for_leader_, false) || !idle_
                   || due_ != before;
  lock.unlock();
  if (must_wake)
    changed_.notify_one();
}

bool keeper_thread::commit() {
  return round() && !refuses();
}

bool keeper_thread::round() {
  inbox work;
  {
    std::lock_guard guard{mtx_};
    std::swap(work, inbox_);
    work.position = told_;
  }
  auto due = due_ != steady::time_point{} && steady::now() >= due_;
  if (work.empty() && !due) {
    tidy();
    return untidy_;
  }
  work.must_sync = work.must_sync || due;
  if (refuses() && !(work.must_sync && retry()))
    put_off(work);
  else
    serve(work);
  return true;
}

void keeper_thread::tidy() {
  untidy_ = false;
  if (refuses())
    return;
  try {
    untidy_ = engine_->tidy();
  } catch (const std::exception& reason) {
    begin_to_refuse(reason.what());
  }
}

void keeper_thread::put_off(inbox& work) {
  if (!work.changes.empty())
    unsynced_.push_back(std::move(work.changes));
  for (auto& x : work.jobs)
    stalled_.push_back(std::move(x));
  finish(work.waiting, refusal());
}

void keeper_thread::serve(inbox& work) {
  work.must_sync = work.must_sync || work.wants_sync;
  auto done = write(work);
  finish(work.waiting, done ? caf::error{} : refusal());
  for (auto& x : work.jobs)
    stalled_.push_back(std::move(x));
  if (!done)
    return;
  for (auto& x : std::exchange(stalled_, {}))
    x(*engine_);
}

bool keeper_thread::write(inbox& work) {
  auto sync = work.must_sync;
  if (!work.changes.empty() || sync) {
    unsynced_.push_back(std::move(work.changes));
    try {
      engine_->append(unsynced_.back(), sync);
      untidy_ = engine_->is_untidy();
    } catch (const std::exception& reason) {
      begin_to_refuse(reason.what());
      return false;
    }
  }
  if (sync) {
    unsynced_.clear();
    due_ = {};
  } else if (due_ == steady::time_point{} && !unsynced_.empty()) {
    due_ = steady::now() + sync_interval;
  }
  std::lock_guard guard{mtx_};
  kept_ = work.position;
  if (sync) {
    saved_ = kept_;
    last_save_ = unix_now();
  }
  return true;
}

bool keeper_thread::retry() {
  try {
    engine_->reopen();
    kept_changes all;
    for (const auto& xs : unsynced_)
      all.add(xs);
    engine_->append(all, true);
  } catch (const std::exception& reason) {
    begin_to_refuse(reason.what());
    return false;
  }
  unsynced_.clear();
  due_ = {};
  {
    std::lock_guard guard{mtx_};
    failure_.clear();
  }
  refuses_.store(false);
  log::info("the data directory can be written again");
  return true;
}

void keeper_thread::begin_to_refuse(const std::string& reason) {
  auto first = !refuses();
  {
    std::lock_guard guard{mtx_};
    failure_ = reason;
  }
  refuses_.store(true);
  due_ = steady::now() + patience_;
  if (first)
    log::error("writes are refused: " + reason);
}

// Copies take long, and others do not wait for them.
void keeper_thread::copy(durable_engine& engine, const std::string& dir,
                         const answer& f) {
  if (copier_.joinable())
    copier_.join(); // it has ended, or is about to
  auto end = [this, f](const caf::error& result) {
    copying_ = false;
    f(result);
  };
  auto failed = [](const std::exception& reason) {
    return caf::make_error(ec::not_kept, std::string{reason.what()});
  };
  try {
    copier_ = std::thread{[this, job = engine.checkpoint(dir), end, failed] {
      caf::error result;
      try {
        job([this] { return copy_ends_.load(); });
      } catch (const std::exception& reason) {
        result = failed(reason);
      }
      end(result);
    }};
  } catch (const std::exception& reason) {
    end(failed(reason)); // there are too many threads, or too little memory
  }
}

void keeper_thread::finish(std::vector<waiter>& xs, const caf::error& reason) {
  for (auto& x : xs)
    x.f(reason);
  xs.clear();
}

} // namespace kv
