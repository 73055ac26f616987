#include "actors/base/sparing_clock.hpp"

#include "actors/base/awake_workers.hpp"

#include "tests/support/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/after.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <string>

using namespace kv;
using namespace std::chrono_literals;

namespace {

/// Writes down what it is asked for.
class recording_clock final : public caf::actor_clock {
public:
  void set_ordinary_timeout(time_point, caf::abstract_actor*, caf::atom_value,
                            uint64_t) override {
    heard += "ordinary ";
  }

  void set_multi_timeout(time_point, caf::abstract_actor*, caf::atom_value,
                         uint64_t) override {
    heard += "multi ";
  }

  void set_request_timeout(time_point, caf::abstract_actor*,
                           caf::message_id) override {
    heard += "request ";
  }

  void cancel_ordinary_timeout(caf::abstract_actor*, caf::atom_value) override {
    heard += "-ordinary ";
  }

  void cancel_request_timeout(caf::abstract_actor*, caf::message_id) override {
    heard += "-request ";
  }

  void cancel_timeouts(caf::abstract_actor*) override {
    heard += "-all ";
  }

  void schedule_message(time_point, caf::strong_actor_ptr,
                        caf::mailbox_element_ptr) override {
    heard += "message ";
  }

  void schedule_message(time_point, caf::group, caf::strong_actor_ptr,
                        caf::message) override {
    heard += "group ";
  }

  void cancel_all() override {
    heard += "-everything ";
  }

  std::string heard;
};

struct fixture {
  recording_clock real;
  sparing_clock clock{real};
  sparing_clock::time_point t;
  // Never looked into.
  caf::abstract_actor* a = reinterpret_cast<caf::abstract_actor*>(&real);
  caf::abstract_actor* b = reinterpret_cast<caf::abstract_actor*>(&clock);
};

} // namespace

TEST_CASE_METHOD(fixture, "who never had a timeout has none cancelled") {
  clock.cancel_timeouts(a);
  CHECK(real.heard.empty());
  SECTION("an ordinary one") {
    clock.set_ordinary_timeout(t, a, caf::atom("x"), 1);
  }
  SECTION("one of many") {
    clock.set_multi_timeout(t, a, caf::atom("x"), 1);
  }
  SECTION("one of a request") {
    clock.set_request_timeout(t, a, caf::make_message_id(1));
  }
  real.heard.clear();
  clock.cancel_timeouts(b);
  CHECK(real.heard.empty());
  clock.cancel_timeouts(a);
  CHECK(real.heard == "-all ");
  clock.cancel_timeouts(a); // another actor, where that one was
  CHECK(real.heard == "-all ");
}

TEST_CASE_METHOD(fixture, "a sparing clock passes on all the rest") {
  clock.set_ordinary_timeout(t, a, caf::atom("x"), 1);
  clock.set_multi_timeout(t, a, caf::atom("x"), 1);
  clock.set_request_timeout(t, a, caf::make_message_id(1));
  clock.cancel_ordinary_timeout(a, caf::atom("x"));
  clock.cancel_request_timeout(a, caf::make_message_id(1));
  clock.schedule_message(t, nullptr, nullptr);
  clock.schedule_message(t, caf::group{}, nullptr, caf::message{});
  clock.cancel_all();
  CHECK(real.heard
        == "ordinary multi request -ordinary -request message group "
           "-everything ");
}

TEST_CASE("actors on awake workers get their timeouts") {
  caf::actor_system_config cfg;
  use_awake_workers(cfg);
  caf::actor_system sys{cfg};
  auto mute = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::skip);
    return {[](double) {}};
  });
  caf::scoped_actor self{sys};
  sys.spawn([to = caf::actor{self}, mute](caf::event_based_actor* me) {
    me->request(mute, 1ms, 1)
      .then([](int) {},
            [=](const caf::error& x) {
              me->send(to, x == caf::sec::request_timeout);
            });
  });
  sys.spawn(
    [to = caf::actor{self}](caf::event_based_actor* me) -> caf::behavior {
      return {caf::after(1ms) >> [=] {
        me->send(to, 2);
        me->quit();
      }};
    });
  sys.spawn([to = caf::actor{self}](caf::event_based_actor* me) {
    me->delayed_send(to, 1ms, std::string{"three"});
  });
  auto heard = 0;
  for (auto i = 0; i < 3; ++i)
    self->receive([&](bool late) { heard += late ? 1 : 0; },
                  [&](int n) { heard += n == 2 ? 1 : 0; },
                  [&](const std::string& x) { heard += x == "three" ? 1 : 0; },
                  caf::after(60s) >> [] { FAIL("a timeout got lost"); });
  CHECK(heard == 3);
  self->send_exit(mute, caf::exit_reason::kill);
}
