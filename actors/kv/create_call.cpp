#include "actors/kv/create_call.hpp"

#include <utility>

namespace kv {

void create_call::begin(client self, bool early, std::string name,
                        completion<bucket_ref> done) {
  auto call = std::make_shared<create_call>(std::move(self), early,
                                            std::move(name), std::move(done));
  const auto& from = call->self_;
  auto& unit = host_unit::of_this_thread(*from.sys_);
  using handle = registry_actor;
  if (auto hdl = otp::whereis<handle>(from.actors_, registry_state::name))
    call->ask(&unit, hdl);
  else
    call->resolve(&unit);
}

create_call::create_call(client self, bool early, std::string name,
                         completion<bucket_ref> done)
  : self_(std::move(self)),
    early_(early),
    name_(std::move(name)),
    done_(std::move(done)),
    deadline_(std::chrono::steady_clock::now() + client::default_timeout) {
  // nop
}

// Answers may come on any thread; what is sent from there with a unit that
// nobody runs would stay there.
host_unit* create_call::unit_here() const {
  return host_unit::running_here(*self_.sys_);
}

void create_call::ask(host_unit* unit, const registry_actor& registry) {
  auto on_answer = [call = shared_from_this()](caf::expected<bucket_ref> x) {
    if (!x && x.error() == caf::sec::request_receiver_down
        && std::chrono::steady_clock::now() < call->deadline_)
      call->resolve(call->unit_here());
    else
      call->done_.deliver(std::move(x));
  };
  auto done = completion<bucket_ref>::make(std::move(on_answer), deadline_);
  if (early_)
    host_unit::send_with(unit, registry, atom::ensure_v, name_, done);
  else
    host_unit::send_with(unit, registry, atom::create_v, name_, done);
}

// Through the supervisor, which knows first who comes next.
void create_call::resolve(host_unit* unit) {
  using caf::strong_actor_ptr;
  auto on_answer
    = [call = shared_from_this()](caf::expected<strong_actor_ptr> x) {
        if (x)
          call->ask(call->unit_here(), caf::actor_cast<registry_actor>(*x));
        else
          call->done_.deliver(caf::make_error(ec::shutting_down));
      };
  host_unit::send_with(
    unit, self_.root_, atom::await_v, std::string{registry_state::name},
    completion<strong_actor_ptr>::make(std::move(on_answer)));
}

} // namespace kv
