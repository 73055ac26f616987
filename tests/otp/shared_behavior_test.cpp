// Behaviors that all actors of a kind share.

#include "actors/otp/shared_behavior.hpp"

#include "actors/base/atoms.hpp"
#include "actors/base/host_unit.hpp"

#include "tests/support/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

using namespace kv;

namespace {

using sum_actor
  = caf::typed_actor<caf::replies_to<atom::put, int>::with<int>,
                     caf::replies_to<atom::get>::with<int>,
                     caf::reacts_to<atom::erase, caf::strong_actor_ptr>>;

/// Adds up. Told to `erase`, it has another one, in place, add 100 first.
class sum_state {
public:
  using handle_type = sum_actor;

  static constexpr const char* name = "test.sum";

  sum_state(handle_type::pointer self, int start) : self_(self), sum_(start) {
    // nop
  }

  handle_type::behavior_type make_behavior() {
    static const handle_type::behavior_type shared{
      otp::handler<&sum_state::add>{}, otp::handler<&sum_state::get>{},
      otp::handler<&sum_state::add_elsewhere>{}};
    return shared;
  }

private:
  int add(atom::put, int x) {
    return sum_ += x;
  }

  int get(atom::get) const {
    return sum_;
  }

  void add_elsewhere(atom::erase, const caf::strong_actor_ptr& other) {
    constexpr int much = 100;
    auto& unit = host_unit::of_this_thread(self_->home_system());
    unit.send(caf::actor_cast<sum_actor>(other), atom::put_v, much);
    unit.run();
    ++sum_;
  }

  handle_type::pointer self_;
  int sum_;
};

struct fixture {
  sum_actor start(int x) {
    return sys.spawn<otp::state_actor<sum_state>>(x);
  }

  int get(const sum_actor& x) {
    caf::scoped_actor self{sys};
    int result = 0;
    self->request(x, caf::infinite, atom::get_v)
      .receive([&](int y) { result = y; },
               [](const caf::error& reason) { FAIL(to_string(reason)); });
    return result;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
};

} // namespace

TEST_CASE_METHOD(fixture, "handlers find the state of their own actor",
                 "[shared_behavior]") {
  auto a = start(1);
  auto b = start(2);
  caf::anon_send(a, atom::put_v, 10);
  caf::anon_send(b, atom::put_v, 20);
  CHECK(get(a) == 11);
  CHECK(get(b) == 22);
}

TEST_CASE_METHOD(fixture, "an actor that runs another in place goes on itself",
                 "[shared_behavior]") {
  auto a = start(1);
  auto b = start(2);
  caf::anon_send(a, atom::erase_v, caf::actor_cast<caf::strong_actor_ptr>(b));
  CHECK(get(a) == 2);
  CHECK(get(b) == 102);
}
