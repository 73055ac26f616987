#include "actors/base/nested_run.hpp"

#include <caf/actor_system.hpp>

// Invariant: a `nested_run` that nests gets one job at most: it is there for
// one `enqueue` of one actor.

namespace kv {

namespace {

constinit thread_local caf::execution_unit* worker_here = nullptr;
constinit thread_local int nested_here = 0;

} // namespace

void nested_run::set_worker(caf::execution_unit* worker) noexcept {
  worker_here = worker;
}

// Actors remember the unit that ran them last: only the worker's own will do.
nested_run::nested_run(caf::execution_unit* outer) noexcept
  : caf::execution_unit(outer != nullptr ? &outer->system() : nullptr),
    outer_(outer),
    nests_(outer != nullptr && outer == worker_here
           && nested_here < most_nested) {
  // nop
}

nested_run::~nested_run() {
  if (job_ == nullptr)
    return;
  ++nested_here;
  auto result = job_->resume(outer_, most_messages);
  --nested_here;
  if (result == caf::resumable::resume_later)
    outer_->exec_later(job_);
  else
    caf::intrusive_ptr_release(job_);
}

} // namespace kv
