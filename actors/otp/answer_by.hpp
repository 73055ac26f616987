#pragma once

#include "actors/base/completion.hpp"

#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/type_erased_tuple.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>

namespace kv::otp {

/// Returns a completion that answers an actor's request, so that who waits is
/// of one kind, and is told when whoever keeps the completion ends.
/// Thread safety: to be answered by the actor whose promise it is.
template <class T>
completion<T> answer_by(caf::typed_response_promise<T> promise) {
  return completion<T>::make([promise](caf::expected<T> x) mutable {
    if (x)
      promise.deliver(std::move(*x));
    else
      promise.deliver(std::move(x.error()));
  });
}

/// Answers the message that an actor handles, as a promise does, with less:
/// what is sent is one piece of memory, and the sender's reference is passed
/// on. Thread safety: in a handler of the actor, at most once.
template <class... Ts>
void answer_now(caf::local_actor* self, Ts... xs) {
  auto& x = *self->current_mailbox_element();
  if (!x.stages.empty()) { // on its way to somebody else
    self->make_response_promise().deliver(xs...);
    return;
  }
  auto to = std::move(x.sender);
  auto id = x.mid.response_id();
  x.mid.mark_as_answered();
  if (to)
    to->enqueue(caf::make_mailbox_element(self->ctrl(), id, {}, xs...),
                self->context());
}

/// Answers a request that is not queued, if its last element is a completion
/// of a T and `Request` are the others; returns whether it is so.
/// Thread safety: any thread, in a state's `refuse`.
template <class T, class... Request>
bool refuse_with(const caf::error& reason, caf::type_erased_tuple& content) {
  if (!content.match_elements<Request..., completion<T>>())
    return false;
  content.get_as<completion<T>>(sizeof...(Request)).deliver(reason);
  return true;
}

} // namespace kv::otp
