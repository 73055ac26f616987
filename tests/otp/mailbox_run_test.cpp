// How an actor gets through its mailbox.

#include "actors/otp/mailbox_run.hpp"

#include "actors/base/host_unit.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using test::otp_fixture;
using test::strings;

namespace {

/// Notes numbers, and "u" for an urgent message that it sends itself at 0.
class noting_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.noting";

  noting_state(caf::event_based_actor* self, strings& trace)
    : self_(self), trace_(trace) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [this](int x) {
        trace_.push_back(std::to_string(x));
        if (x == 0)
          self_->send<caf::message_priority::high>(self_, std::string{"u"});
      },
      [this](const std::string& x) { trace_.push_back(x); },
      caf::after(1s) >> [this] { trace_.emplace_back("idle"); },
    };
  }

private:
  caf::event_based_actor* self_;
  strings& trace_;
};

/// A stream of the numbers from 1 to 100, or who adds them up.
class stream_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.stream";

  stream_state(caf::event_based_actor* self, int& sum)
    : self_(self), sum_(sum) {
    // nop
  }

  caf::behavior make_behavior() {
    constexpr auto last = 100;
    return {
      [this](atom::get, const caf::actor& sink) {
        self_->make_source(
          sink, [](int& n) { n = 0; },
          [](int& n, caf::downstream<int>& out, size_t room) {
            for (; room > 0 && n < last; --room)
              out.push(++n);
          },
          [](const int& n) { return n == last; });
      },
      [this](const caf::stream<int>& in) {
        return self_->make_sink(
          in, [](caf::unit_t&) {}, [this](caf::unit_t&, int x) { sum_ += x; });
      },
    };
  }

private:
  caf::event_based_actor* self_;
  int& sum_;
};

template <class State, class... Ts>
caf::actor spawn(caf::actor_system& sys, Ts&... xs) {
  return sys.spawn<otp::state_actor<State>>(std::ref(xs)...);
}

} // namespace

TEST_CASE_METHOD(otp_fixture, "an urgent message waits for three others at "
                              "most") {
  strings done;
  auto actor = spawn<noting_state>(sys, done);
  run();
  auto& unit = host_unit::of_this_thread(sys);
  for (auto i = 0; i < 6; ++i)
    unit.send(actor, i);
  unit.run(); // all of them, one after the other
  CHECK(done == strings{"0", "1", "2", "u", "3", "4", "5"});
  kill(actor);
}

TEST_CASE_METHOD(otp_fixture,
                 "an actor handles no more at a time than it may") {
  strings done;
  auto actor = spawn<noting_state>(sys, done);
  run();
  for (auto i = 1; i <= 3; ++i)
    caf::anon_send(actor, i);
  REQUIRE(step(actor));
  CHECK(done == strings{"1"});
  run();
  CHECK(done == strings{"1", "2", "3"});
  kill(actor);
}

TEST_CASE_METHOD(otp_fixture, "an actor may wait for silence") {
  strings done;
  auto actor = spawn<noting_state>(sys, done);
  run();
  advance(999ms);
  caf::anon_send(actor, 1);
  run();
  advance(999ms);
  CHECK(done == strings{"1"});
  advance(1ms);
  CHECK(done == strings{"1", "idle"});
  kill(actor);
}

TEST_CASE_METHOD(otp_fixture, "actors may take part in streams") {
  auto sum = 0;
  auto source = spawn<stream_state>(sys, sum);
  auto sink = spawn<stream_state>(sys, sum);
  caf::anon_send(source, atom::get_v, sink);
  run();
  for (auto i = 0; i < 10; ++i)
    advance(100ms); // credit is given from time to time
  CHECK(sum == 5050);
  kill(source);
  kill(sink);
}
