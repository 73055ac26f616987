#pragma once

#include "actors/base/atoms.hpp"
#include "actors/base/error.hpp"
#include "actors/otp/dynamic_supervisor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace kv::examples {

/// A WORKER POOL gives each job to a worker of its own, a child of a dynamic
/// supervisor: one that crashes takes only its job along.
using worker_pool_actor = caf::typed_actor<
  // Does a job and returns its result.
  // Errors: crashed; max_children if so many jobs are being done already.
  caf::replies_to<atom::put, std::string>::with<std::string>,
  // Of the supervisor: a worker runs, or does not.
  caf::reacts_to<atom::started, otp::start_result>,
  // Of a worker: its result.
  caf::reacts_to<atom::told, uint64_t, std::string>>;

/// What a worker does. Runs on the scheduler's threads.
using job_function = std::function<std::string(const std::string&)>;

/// A job to try the pool with.
inline std::string reversed(const std::string& text) {
  return {text.rbegin(), text.rend()};
}

/// Does one job and ends.
class worker_state {
public:
  using handle_type = caf::typed_actor<
    caf::reacts_to<atom::put, uint64_t, std::string, worker_pool_actor>>;

  static constexpr const char* name = "examples.worker";

  worker_state(handle_type::pointer self, job_function work)
    : self_(self), work_(std::move(work)) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, uint64_t job, const std::string& what,
             const worker_pool_actor& pool) {
        self_->send(pool, atom::told_v, job, work_(what));
        self_->quit();
      },
    };
  }

private:
  handle_type::pointer self_;
  job_function work_;
};

class worker_pool_state {
public:
  using handle_type = worker_pool_actor;

  static constexpr const char* name = "examples.worker_pool";

  static constexpr size_t default_size = 16;

  worker_pool_state(handle_type::pointer self, job_function work,
                    size_t size = default_size)
    : self_(self) {
    otp::dynamic_options options;
    options.max_children = size;
    auto start = [work = std::move(work)](caf::local_actor* parent,
                                          const std::string&) {
      return otp::start<worker_state>(parent, work);
    };
    workers_ = self->spawn<otp::state_actor<otp::dynamic_supervisor_state>>(
      otp::tagged_start_function{start}, options);
    self->set_down_handler([this](caf::down_msg& x) { on_down(x); });
    self->monitor(workers_);
  }

  /// Workers end with their pool.
  ~worker_pool_state() {
    caf::anon_send_exit(workers_, caf::exit_reason::kill);
  }

  handle_type::behavior_type make_behavior() {
    return {
      [this](atom::put, std::string& what) { return begin(std::move(what)); },
      [this](atom::started, otp::start_result& x) { give(x); },
      [this](atom::told, uint64_t job, std::string& result) {
        if (auto i = jobs_.find(job); i != jobs_.end()) {
          i->second.done.deliver(std::move(result));
          jobs_.erase(i);
        }
      },
    };
  }

private:
  using promise = caf::typed_response_promise<std::string>;

  struct job {
    std::string what;
    promise done;
    caf::actor_addr worker = {};
  };

  promise begin(std::string what) {
    auto done = self_->make_response_promise<promise>();
    jobs_.emplace(++last_, job{std::move(what), done});
    self_->send(workers_, atom::start_child_v, last_, std::string{});
    return done;
  }

  void give(otp::start_result& x) {
    auto i = jobs_.find(x.ref);
    if (i == jobs_.end())
      return;
    if (x.failure) {
      fail(i, x.failure);
      return;
    }
    i->second.worker = x.ptr->address();
    self_->monitor(x.ptr);
    self_->send(caf::actor_cast<worker_state::handle_type>(x.ptr), atom::put_v,
                x.ref, std::move(i->second.what),
                caf::actor_cast<worker_pool_actor>(self_));
  }

  void on_down(const caf::down_msg& x) {
    if (x.source == workers_.address()) {
      self_->quit(x.reason); // our supervisor starts both again
      return;
    }
    for (auto i = jobs_.begin(); i != jobs_.end(); ++i)
      if (i->second.worker == x.source) {
        fail(i, x.reason ? x.reason : caf::make_error(ec::crashed));
        return;
      }
  }

  void fail(std::unordered_map<uint64_t, job>::iterator i, caf::error reason) {
    i->second.done.deliver(std::move(reason));
    jobs_.erase(i);
  }

  handle_type::pointer self_;
  otp::dynamic_supervisor_actor workers_;
  std::unordered_map<uint64_t, job> jobs_;
  uint64_t last_ = 0;
};

} // namespace kv::examples
