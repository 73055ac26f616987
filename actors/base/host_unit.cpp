#include "actors/base/host_unit.hpp"

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <memory>
#include <mutex>
#include <unordered_map>

// Invariants
// I1  A unit is in the list of at most one thread, or idle in the pool.
// I2  Units are never destroyed: an actor's context() may point to one for as
//     long as its system lives. Their number is bounded by the threads that
//     ever used a system at the same time; a system at the address of an
//     earlier one takes over its units.
// I3  Only the unit's thread touches `jobs_` and `scopes_`.
// I4  A job is in `jobs_` only while its thread is bound to call `run`, or to
//     end.

namespace kv {

/// Keeps the units of threads that ended for those that come.
class host_unit_pool {
public:
  static host_unit_pool& instance() {
    static auto& pool = *new host_unit_pool;
    return pool;
  }

  host_unit* take(caf::actor_system& sys) {
    std::lock_guard guard{mtx_};
    auto& idle = idle_[&sys];
    if (!idle.empty()) {
      auto* unit = idle.back();
      idle.pop_back();
      return unit;
    }
    all_.push_back(std::unique_ptr<host_unit>{new host_unit{sys}});
    return all_.back().get();
  }

  void give_back(host_unit* unit) {
    std::lock_guard guard{mtx_};
    idle_[&unit->system()].push_back(unit);
  }

private:
  std::mutex mtx_;
  std::vector<std::unique_ptr<host_unit>> all_;
  std::unordered_map<caf::actor_system*, std::vector<host_unit*>> idle_;
};

namespace {

/// The units of one thread, one per actor system it has met.
struct thread_units {
  std::vector<host_unit*> units;

  ~thread_units() {
    // Emptied first: what is destroyed after us may still ask for its unit.
    for (auto* unit : std::exchange(units, {})) {
      unit->run(0);
      host_unit_pool::instance().give_back(unit);
    }
  }

  bool has(const host_unit* unit) const {
    for (auto* mine : units)
      if (mine == unit)
        return true;
    return false;
  }
};

thread_local thread_units mine;

} // namespace

host_unit::host_unit(caf::actor_system& sys) : caf::execution_unit(&sys) {
  // nop
}

host_unit& host_unit::of_this_thread(caf::actor_system& sys) {
  for (auto* unit : mine.units)
    if (&unit->system() == &sys)
      return *unit;
  auto* unit = host_unit_pool::instance().take(sys);
  mine.units.push_back(unit);
  return *unit;
}

host_unit* host_unit::running_here(caf::actor_system& sys) {
  for (auto* unit : mine.units)
    if (&unit->system() == &sys)
      return unit->scopes_ > 0 ? unit : nullptr;
  return nullptr;
}

void host_unit::exec_later(caf::resumable* job) {
  if (mine.has(this) && scopes_ > 0)
    jobs_.push_back(job);
  else
    system().scheduler().enqueue(job);
}

void host_unit::run_one() {
  auto* job = jobs_[next_++];
  if (next_ == jobs_.size()) {
    jobs_.clear();
    next_ = 0;
  }
  constexpr size_t max_throughput = 300;
  if (job->resume(this, max_throughput) == caf::resumable::resume_later)
    jobs_.push_back(job);
  else
    caf::intrusive_ptr_release(job);
}

void host_unit::run(size_t budget) {
  const scope active{*this};
  while (budget-- > 0 && !jobs_.empty())
    run_one();
  for (; next_ < jobs_.size(); ++next_)
    system().scheduler().enqueue(jobs_[next_]);
  jobs_.clear();
  next_ = 0;
}

} // namespace kv
