#include "actors/kv/keeper_thread.hpp"

#include "actors/base/error.hpp"
#include "actors/base/log.hpp"
#include "actors/kv/kept_gathering.hpp"
#include "actors/kv/wall_time.hpp"

#include <utility>

// What others call; see keeper_round.cpp for what the thread does.

namespace kv {

keeper_thread::keeper_thread(std::unique_ptr<durable_engine> engine,
                             std::chrono::milliseconds patience)
  : engine_(std::move(engine)),
    patience_(patience),
    last_save_(unix_now()),
    gate_(std::make_shared<gate>()) {
  gate_->to = this;
}

keeper_thread::~keeper_thread() {
  end();
}

void keeper_thread::end() {
  {
    std::lock_guard guard{gate_->mtx};
    if (std::exchange(gate_->to, nullptr) == nullptr)
      return;
  }
  copy_ends_ = true;
  {
    std::unique_lock lock{mtx_};
    ends_ = true;
    inbox_.must_sync = true;
    wake(lock);
  }
  if (thread_.joinable())
    thread_.join();
  else
    round();
  if (copier_.joinable())
    copier_.join();
  if (refuses())
    log::error("what was changed since then is not kept: " + failure_);
  inbox rest;
  {
    std::lock_guard guard{mtx_};
    std::swap(rest, inbox_);
    ended_ = true;
    if (failure_.empty())
      failure_ = "the process ends";
  }
  refuses_ = true;
  finish(rest.waiting, refusal());
}

// Whoever asks after the end is answered at once.
bool keeper_thread::has_ended(std::unique_lock<std::mutex>& lock,
                              const answer& f) {
  if (!ended_)
    return false;
  lock.unlock();
  if (f)
    f(refusal());
  return true;
}

void keeper_thread::begin() {
  thread_ = std::thread{[this] { run(); }};
}

// Whoever has changed the inbox, and holds the mutex, wakes the thread.
void keeper_thread::wake(std::unique_lock<std::mutex>& lock) {
  auto must_wake = std::exchange(idle_, false);
  lock.unlock();
  if (must_wake)
    changed_.notify_one();
}

// The same for what may be handed over by this thread, once it has served all.
void keeper_thread::wake_soon(std::unique_lock<std::mutex>& lock) {
  auto* here = kept_gathering::of_this_thread();
  if (here == nullptr || !idle_ || inbox_.wants_sync) {
    wake(lock);
    return;
  }
  lock.unlock();
  here->in_the_end([gate = gate_] {
    std::shared_lock guard{gate->mtx};
    if (gate->to != nullptr)
      gate->to->commit_here();
  });
}

// -- appending ----------------------------------------------------------------

uint64_t keeper_thread::append(const kept_changes& xs, bool wants_sync,
                               answer f) {
  std::unique_lock lock{mtx_};
  auto result = ++told_;
  if (has_ended(lock, f))
    return result;
  inbox_.changes.add(xs);
  inbox_.wants_sync = inbox_.wants_sync || wants_sync;
  if (f)
    inbox_.waiting.push_back({result, std::move(f)});
  wake_soon(lock);
  return result;
}

void keeper_thread::add_job(job x) {
  std::unique_lock lock{mtx_};
  inbox_.jobs.push_back(std::move(x));
  wake(lock);
}

void keeper_thread::save(answer f) {
  std::unique_lock lock{mtx_};
  if (has_ended(lock, f))
    return;
  inbox_.must_sync = true;
  inbox_.waiting.push_back({told_, std::move(f)});
  wake(lock);
}

void keeper_thread::checkpoint(std::string dir, answer f) {
  if (auto reason = refusal()) {
    f(reason);
    return;
  }
  if (copying_.exchange(true)) {
    f(caf::make_error(ec::running, std::string{"another copy is being made"}));
    return;
  }
  add_job([this, dir = std::move(dir),
           f = std::move(f)](durable_engine& engine) { copy(engine, dir, f); });
}

// -- waiting ------------------------------------------------------------------

uint64_t keeper_thread::told() const {
  std::lock_guard guard{mtx_};
  return told_;
}

void keeper_thread::when_kept(uint64_t position, answer f) {
  std::unique_lock lock{mtx_};
  if (position <= kept_) {
    lock.unlock();
    f({});
    return;
  }
  if (has_ended(lock, f))
    return;
  inbox_.waiting.push_back({position, std::move(f)});
  wake_soon(lock);
}

caf::error keeper_thread::refusal() const {
  if (!refuses())
    return {};
  std::lock_guard guard{mtx_};
  return failure_.empty() ? caf::error{}
                          : caf::make_error(ec::not_kept, failure_);
}

keeper_status keeper_thread::status() const {
  std::lock_guard guard{mtx_};
  return {told_ - saved_, last_save_, failure_};
}

} // namespace kv
