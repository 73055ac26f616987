#pragma once

#include "actors/kv/kept_step.hpp"

#include <caf/mailbox_element.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>

namespace kv {

/// Ends a step that some work did, and has it answered once that is kept.
inline void answer_when_kept(kept_step& step, const bucket_task& task) {
  auto on_kept = [work = task.work](const caf::error& reason) {
    if (reason)
      work->refuse(reason);
    else
      work->answer();
  };
  if (!step.when_kept(std::move(on_kept)))
    task.work->answer();
}

/// Answers a request on any thread; a promise does so on its actor's alone.
class detached_promise {
public:
  template <class Self>
  detached_promise(Self* self, const caf::response_promise& promise)
    : self_(self->ctrl()), source_(promise.source()), id_(promise.id()) {
    // nop
  }

  void deliver(caf::message answer) const {
    if (source_ != nullptr)
      source_->enqueue(self_, id_.response_id(), std::move(answer), nullptr);
  }

private:
  caf::strong_actor_ptr self_;
  caf::strong_actor_ptr source_;
  caf::message_id id_;
};

/// Calls `op`, which returns a T, as a step of the actor `self`, which is a
/// bucket of that name, and answers the present request with that once it is
/// kept. With nobody who keeps anything that is at once.
template <class T, class Self, class Op>
caf::result<T> answer_when_kept(Self* self, std::string_view bucket, Op op) {
  if (auto* k = keeper::of_process(); k != nullptr) [[unlikely]] {
    if (auto refusal = k->refusal_for(bucket))
      return refusal;
    kept_step step;
    T result = op();
    auto typed = self->template make_response_promise<T>();
    caf::response_promise& promise = typed;
    auto answer = [promise = detached_promise{self, promise},
                   result = std::move(result)](const caf::error& reason) {
      promise.deliver(reason ? caf::make_message(reason)
                             : caf::make_message(result));
    };
    if (!step.when_kept(answer))
      answer({});
    return caf::delegated<T>{};
  }
  return op();
}

} // namespace kv
