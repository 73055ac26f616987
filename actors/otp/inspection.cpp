#include "actors/otp/inspection.hpp"

#include "actors/base/error.hpp"
#include "actors/base/host_unit.hpp"
#include "actors/otp/later.hpp"
#include "actors/otp/observed.hpp"

#include <utility>

namespace kv::otp {

namespace {

caf::error cannot_look_into(const caf::strong_actor_ptr& who) {
  if (!who)
    return caf::make_error(ec::no_such_actor);
  return caf::make_error(ec::badarg, "actor " + std::to_string(who->id())
                                       + " cannot be looked into");
}

void send_urgent(const caf::strong_actor_ptr& who, caf::message msg) {
  auto& sys = *who->home_system;
  who->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
               std::move(msg), host_unit::running_here(sys));
}

} // namespace

void inspect(const caf::strong_actor_ptr& who, completion<inspection> done) {
  if (observed::of(who) == nullptr)
    done.deliver(cannot_look_into(who));
  else
    send_urgent(who, caf::make_message(inspect_request{std::move(done)}));
}

void trace(caf::actor_system& sys, const caf::strong_actor_ptr& who,
           size_t most, std::chrono::milliseconds time,
           completion<std::vector<traced_message>> done) {
  if (observed::of(who) == nullptr) {
    done.deliver(cannot_look_into(who));
    return;
  }
  auto timer = std::make_shared<later>();
  auto on_end = [timer, done = std::move(done)](auto messages) {
    timer->call_off();
    done.deliver(std::move(messages));
  };
  using messages = std::vector<traced_message>;
  auto record = caf::make_counted<message_trace>(
    most, completion<messages>::make(std::move(on_end)));
  timer->call(sys, time, [record] { record->finish(); });
  send_urgent(who, caf::make_message(trace_request{std::move(record)}));
}

} // namespace kv::otp
