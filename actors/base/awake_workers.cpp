#include "actors/base/awake_workers.hpp"

#include "actors/base/nested_run.hpp"
#include "actors/base/sparing_clock.hpp"
#include "actors/base/wait_awake.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/logger.hpp>
#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

// A worker of CAF tells the logger whom it runs, each time: a dynamic cast and
// a lookup in a map under a lock, twice, a fifth of what a short message costs.
// A CAF that was built to log nothing, as Debian's, has no use for it; whoever
// is not told which system a thread belongs to does not ask the logger either.
#if CAF_LOG_LEVEL == CAF_LOG_LEVEL_QUIET
#  undef CAF_SET_LOGGER_SYS
#  define CAF_SET_LOGGER_SYS(sys) static_cast<void>(sys)
#  undef CAF_PUSH_AID_FROM_PTR
#  define CAF_PUSH_AID_FROM_PTR(ptr) static_cast<void>(0)
#endif
#include <caf/scheduler/coordinator.hpp>

namespace kv {

namespace {

/// The jobs of all workers.
class job_queue {
public:
  void push(caf::resumable* job) {
    std::lock_guard guard{mutex_};
    jobs_.push_back(job);
    size_.store(jobs_.size(), std::memory_order_relaxed);
    work_.notify_one(); // costs nothing while nobody sleeps
  }

  /// Returns a job as soon as there is one.
  caf::resumable* pop() {
    caf::resumable* job = nullptr;
    auto has_job = [&] {
      if (size_.load(std::memory_order_relaxed) != 0)
        job = try_pop();
      return job != nullptr;
    };
    if (wait_awake(has_job))
      return job;
    std::unique_lock guard{mutex_};
    work_.wait(guard, [this] { return !jobs_.empty(); });
    return take();
  }

  /// Returns nothing if there is none.
  caf::resumable* try_pop() {
    std::lock_guard guard{mutex_};
    return jobs_.empty() ? nullptr : take();
  }

private:
  caf::resumable* take() {
    auto* result = jobs_.front();
    jobs_.pop_front();
    size_.store(jobs_.size(), std::memory_order_relaxed);
    return result;
  }

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<caf::resumable*> jobs_;
  std::atomic<size_t> size_ = 0; ///< Of the jobs; a hint without the mutex.
};

/// What `caf::scheduler::coordinator` asks of a policy.
class awake_sharing : public caf::policy::unprofiled {
public:
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {
      // nop
    }

    job_queue jobs;
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {
      // nop
    }
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    d(self).jobs.push(job);
  }

  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }

  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }

  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    nested_run::set_worker(self);
    return d(self->parent()).jobs.pop();
  }

  template <class Worker, class F>
  void foreach_resumable(Worker*, F) {
    // nop
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator* self, F f) {
    while (auto* job = d(self).jobs.try_pop())
      f(job);
  }
};

class awake_coordinator final
  : public caf::scheduler::coordinator<awake_sharing> {
public:
  using super = caf::scheduler::coordinator<awake_sharing>;

  explicit awake_coordinator(caf::actor_system& sys)
    : super(sys), clock_(super::clock()) {
    // nop
  }

  caf::detail::thread_safe_actor_clock& clock() noexcept override {
    return clock_;
  }

private:
  sparing_clock clock_;
};

} // namespace

void use_awake_workers(caf::actor_system_config& cfg) {
  cfg.module_factories.emplace_back(
    [](caf::actor_system& sys) -> caf::actor_system::module* {
      return new awake_coordinator{sys};
    });
}

} // namespace kv
