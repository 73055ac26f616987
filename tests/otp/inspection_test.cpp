#include "actors/otp/inspection.hpp"

#include "actors/otp/observed.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::inspection;
using otp::observed;
using otp::traced_message;
using test::listener;
using test::otp_fixture;

namespace {

/// Says how often it was told something; "skip" is left in its mailbox.
class counting_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.counting";

  explicit counting_state(caf::event_based_actor* self) {
    self->set_default_handler(caf::skip);
  }

  caf::behavior make_behavior() {
    return {
      [this](int) { ++count_; },
      [this](atom::put, const std::string&, int) { ++count_; },
    };
  }

  void show(inspection& out) const {
    if (count_ == 13)
      throw std::runtime_error("bad luck");
    out.state = std::to_string(count_) + " messages";
  }

private:
  int count_ = 0;
};

class fixture : public otp_fixture {
public:
  fixture() {
    auto started = otp::start<counting_state>(test::as_self(parent.hdl()));
    REQUIRE(started);
    ptr = started->ptr;
    run();
  }

  ~fixture() {
    caf::anon_send_exit(hdl(), caf::exit_reason::kill);
    caf::anon_send_exit(parent.hdl(), caf::exit_reason::kill);
    run();
  }

  caf::actor hdl() const {
    return caf::actor_cast<caf::actor>(ptr);
  }

  void ask() {
    otp::inspect(ptr, completion<inspection>::make(
                        [this](caf::expected<inspection> x) {
                          answer.emplace(std::move(x));
                        }));
  }

  void begin_trace(size_t most, std::chrono::milliseconds time = 1h) {
    using messages = std::vector<traced_message>;
    otp::trace(sys, ptr, most, time,
               completion<messages>::make([this](caf::expected<messages> x) {
                 traced.emplace(std::move(x));
               }));
    run();
  }

  uint32_t waiting() const {
    return observed::of(ptr)->waiting();
  }

  listener parent{sys};
  caf::strong_actor_ptr ptr;
  std::optional<caf::expected<inspection>> answer;
  std::optional<caf::expected<std::vector<traced_message>>> traced;
};

} // namespace

TEST_CASE_METHOD(fixture, "anyone can see how many messages wait") {
  CHECK(waiting() == 0);
  for (auto i = 0; i < 3; ++i)
    caf::anon_send(hdl(), i);
  CHECK(waiting() == 3);
  run();
  CHECK(waiting() == 0);
  caf::anon_send(hdl(), 1.5); // is skipped
  caf::anon_send(hdl(), 1);
  run();
  CHECK(waiting() == 1);
}

TEST_CASE_METHOD(fixture,
                 "an actor says what it is doing, ahead of its queue") {
  for (auto i = 0; i < 5; ++i)
    caf::anon_send(hdl(), i);
  ask();
  CHECK_FALSE(answer);
  self->monitor(hdl());
  run();
  REQUIRE(answer);
  REQUIRE(*answer);
  auto& x = **answer;
  CHECK(x.id == ptr->id());
  CHECK(x.name == "test.counting");
  CHECK(x.waiting == 5);
  CHECK(x.state == "0 messages");
  CHECK(x.parent == parent.hdl().id());
  CHECK(x.monitored_by == 1);
  CHECK(x.children.empty());
  ask();
  run();
  CHECK((*answer)->state == "5 messages");
  CHECK((*answer)->waiting == 0);
}

TEST_CASE_METHOD(fixture, "who has ended, or is no actor of ours, says so") {
  SECTION("ended") {
    kill(hdl());
    ask();
    REQUIRE(answer);
    CHECK(answer->error() == caf::sec::request_receiver_down);
  }
  SECTION("ends with the question in its mailbox") {
    ask();
    caf::anon_send_exit(hdl(), caf::exit_reason::kill);
    run();
    REQUIRE(answer);
  }
  SECTION("a plain actor of CAF") {
    CHECK(observed::of(parent.ptr()) == nullptr);
    kill(hdl());
    ptr = parent.ptr();
    ask();
    begin_trace(1);
    REQUIRE(answer);
    CHECK(answer->error() == ec::badarg);
    REQUIRE(traced);
    CHECK(traced->error() == ec::badarg);
  }
  SECTION("nobody") {
    kill(hdl());
    ptr = nullptr;
    ask();
    REQUIRE(answer);
    CHECK(answer->error() == ec::no_such_actor);
  }
}

TEST_CASE_METHOD(fixture, "a state that throws when it is looked into ends") {
  for (auto i = 0; i < 13; ++i)
    caf::anon_send(hdl(), i);
  run();
  test::end_watch end{hdl()};
  ask();
  run();
  REQUIRE(answer);
  CHECK(answer->error() == caf::sec::request_receiver_down);
  CHECK(describe(end.reason()) == "crashed(\"bad luck\")");
}

// -- traces -------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a trace has the next messages, and no more") {
  caf::anon_send(hdl(), 1);
  run();
  begin_trace(2);
  caf::anon_send(hdl(), atom::put_v, std::string(100, 'x'), 7);
  run();
  CHECK_FALSE(traced);
  self->send(hdl(), 8);
  caf::anon_send(hdl(), 9);
  run();
  REQUIRE(traced);
  REQUIRE(*traced);
  auto& xs = **traced;
  REQUIRE(xs.size() == 2);
  CHECK(xs[0].text == "'put', \"" + std::string(64, 'x') + "...\", 7");
  CHECK(xs[0].sender == 0);
  CHECK(xs[1].text == "8");
  CHECK(xs[1].sender == self->id());
}

TEST_CASE_METHOD(fixture, "a trace ends in time, with its actor, or with the "
                          "next one") {
  begin_trace(100, 3s);
  caf::anon_send(hdl(), 5);
  run();
  CHECK_FALSE(traced);
  SECTION("in time") {
    advance(3s);
  }
  SECTION("with its actor") {
    kill(hdl());
  }
  SECTION("with the next one") {
    auto first = std::move(traced);
    begin_trace(1);
  }
  REQUIRE(traced);
  REQUIRE(*traced);
  auto& xs = **traced;
  REQUIRE_FALSE(xs.empty());
  CHECK(xs[0].text == "5");
}

TEST_CASE_METHOD(fixture, "a trace leaves no timer behind") {
  auto before = running();
  begin_trace(1);
  CHECK(running() == before + 1);
  caf::anon_send(hdl(), 5);
  run();
  CHECK(running() == before);
}
