#include "actors/otp/state_actor.hpp"

#include "actors/otp/child_spec.hpp"
#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using test::as_self;
using test::child_state;
using test::end_watch;
using test::listener;
using test::otp_fixture;
using test::strings;

namespace {

/// An actor whose constructor does things and then throws.
class failing_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.failing";

  failing_state(caf::event_based_actor* self, const caf::actor& watched,
                caf::actor_addr* who)
    : payload_(1000, 'x') {
    *who = self->address();
    self->monitor(watched);
    self->set_down_handler([this](caf::down_msg&) { payload_.clear(); });
    self->set_exit_handler([this](caf::exit_msg&) { payload_.clear(); });
    self->set_error_handler([this](caf::error&) { payload_.clear(); });
    self->send(self, std::string{"later"});
    throw std::runtime_error("no way");
  }

  caf::behavior make_behavior() {
    return {[](int) {}};
  }

private:
  std::string payload_;
};

class typed_failing_state {
public:
  using handle_type = caf::typed_actor<caf::reacts_to<int>>;

  static constexpr const char* name = "test.typed_failing";

  explicit typed_failing_state(handle_type::pointer) {
    throw 42;
  }

  handle_type::behavior_type make_behavior() {
    return {[](int) {}};
  }
};

class fixture : public otp_fixture {
public:
  fixture() {
    run();
  }

  ~fixture() {
    caf::anon_send_exit(parent.hdl(), caf::exit_reason::kill);
    run();
  }

  caf::local_actor* parent_ptr() const {
    return as_self(parent.hdl());
  }

  caf::actor start_child(const std::string& id = "a") {
    auto result = otp::start<child_state>(parent_ptr(), id, world);
    REQUIRE(result);
    CHECK(result->reports);
    run();
    return caf::actor_cast<caf::actor>(result->ptr);
  }

  /// Returns the reason of the one down message the parent has got.
  caf::error down_from(const caf::actor_addr& child) {
    auto got = parent.take();
    REQUIRE(got.size() == 1);
    REQUIRE(got[0].match_elements<caf::down_msg>());
    auto& msg = got[0].get_as<caf::down_msg>(0);
    CHECK(msg.source == child);
    return msg.reason;
  }

  listener parent{sys};
};

} // namespace

TEST_CASE_METHOD(fixture, "the constructor runs in the spawner, the destructor "
                          "before anyone hears of the end") {
  auto result = otp::start<child_state>(parent_ptr(), "a", world);
  CHECK(trace() == strings{"+a"});
  run();
  end_watch end{result->ptr, [this] { CHECK(trace() == strings{"-a"}); }};
  kill(caf::actor_cast<caf::actor>(result->ptr));
  CHECK(end.ended());
}

TEST_CASE_METHOD(fixture, "an actor goes by the name of its state") {
  auto child = start_child();
  auto* ptr = caf::actor_cast<caf::abstract_actor*>(child);
  CHECK(std::string{static_cast<caf::local_actor*>(ptr)->name()}
        == "test.child");
  kill(child);
}

TEST_CASE_METHOD(fixture, "an exception in a handler ends the actor with its "
                          "text") {
  auto child = start_child();
  end_watch end{child};
  auto result = try_call<std::string>(child, std::string{"throw"});
  CHECK(result.error() == ec::crashed); // who asked hears of it, too
  CHECK(end.reason() == ec::crashed);
  CHECK(describe(end.reason()) == "crashed(\"told to\")");
  CHECK(trace() == strings{"+a", "-a"});
  CHECK(down_from(child.address()) == ec::crashed);
}

TEST_CASE_METHOD(fixture, "messages and errors nobody asked for do not end an "
                          "actor") {
  auto child = start_child();
  caf::anon_send(child, 3.14);
  caf::anon_send(child, caf::make_error(ec::badarg));
  otp::send(parent_ptr(), caf::actor_cast<caf::strong_actor_ptr>(child),
            caf::make_message(atom::ack_v, uint64_t{1}));
  run();
  CHECK(call<std::string>(child, std::string{"who?"}) == "a");
  // A plain message is answered with an error, and so is a request.
  auto got = parent.take();
  REQUIRE(got.size() == 1);
  CHECK(got[0].get_as<caf::error>(0) == caf::sec::unexpected_message);
  CHECK(try_call<std::string>(child, 3.14).error()
        == caf::sec::unexpected_message);
  kill(child);
}

TEST_CASE_METHOD(fixture, "an event nobody asked for is acknowledged with its "
                          "number") {
  auto child = start_child();
  otp::send(parent_ptr(), caf::actor_cast<caf::strong_actor_ptr>(child),
            caf::make_message(atom::event_v, uint64_t{7}, 3.14));
  run();
  auto got = parent.take();
  REQUIRE(got.size() == 1);
  REQUIRE(got[0].match_elements<atom::ack, uint64_t>());
  CHECK(got[0].get_as<uint64_t>(1) == 7);
  kill(child);
}

TEST_CASE_METHOD(fixture,
                 "an exit message ends an actor that does not trap it") {
  auto child = start_child();
  otp::send_exit(parent_ptr(), caf::actor_cast<caf::strong_actor_ptr>(child),
                 caf::exit_reason::user_shutdown);
  run();
  CHECK(down_from(child.address()) == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(fixture, "the parent gets exactly one down message") {
  auto child = start_child();
  SECTION("in order") {
    caf::anon_send(child, std::string{"quit"});
    run();
    CHECK_FALSE(down_from(child.address()));
  }
  SECTION("by a kill") {
    kill(child);
    CHECK(down_from(child.address()) == caf::exit_reason::kill);
  }
  SECTION("when it is killed twice") {
    self->send_exit(child, caf::exit_reason::kill);
    self->send_exit(child, caf::exit_reason::kill);
    run();
    kill(child);
    CHECK(down_from(child.address()) == caf::exit_reason::kill);
  }
  SECTION("when nobody refers to it any more") {
    auto addr = child.address();
    child = nullptr;
    run();
    CHECK(down_from(addr) == caf::exit_reason::unreachable);
    CHECK(trace() == strings{"+a", "-a"});
  }
}

TEST_CASE_METHOD(fixture, "a child does not outlive its parent's memory for "
                          "the report") {
  auto child = start_child();
  auto addr = parent.hdl().address();
  kill(parent.hdl());
  parent = listener{sys};
  run();
  CHECK(caf::actor_cast<caf::strong_actor_ptr>(addr)); // the child keeps it
  kill(child);
  child = nullptr;
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(addr));
}

// -- constructors that throw --------------------------------------------------

TEST_CASE_METHOD(fixture, "a constructor that throws gives an error and leaves "
                          "no actor") {
  listener watched{sys};
  run();
  auto before = running();
  caf::actor_addr who;
  auto result = otp::start<failing_state>(parent_ptr(), watched.hdl(), &who);
  REQUIRE_FALSE(result);
  CHECK(result.error() == ec::crashed);
  CHECK_THAT(describe(result.error()), Catch::Contains("no way"));
  SECTION("that hears of the end of what it watched") {
    kill(watched.hdl());
  }
  SECTION("that gets messages") {
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(who)) {
      auto hdl = caf::actor_cast<caf::actor>(ptr);
      self->send_exit(hdl, caf::exit_reason::user_shutdown);
      self->send(hdl, 1);
      self->send(hdl, caf::make_error(ec::badarg));
    }
    run();
    kill(watched.hdl());
  }
  run();
  CHECK(running() == before - 1);
  CHECK(parent.got().empty()); // it was told already
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(who));
}

TEST_CASE_METHOD(fixture, "anything may be thrown by a typed constructor") {
  auto before = running();
  auto result = otp::start<typed_failing_state>(parent_ptr());
  REQUIRE_FALSE(result);
  CHECK(describe(result.error()) == "crashed(\"unknown exception\")");
  run();
  CHECK(running() == before);
  CHECK(parent.got().empty());
}

TEST_CASE_METHOD(fixture, "a constructor that throws in a plain spawn makes an "
                          "actor that ends at once") {
  listener watched{sys};
  run();
  auto before = running();
  caf::actor_addr who;
  {
    auto hdl = sys.spawn<otp::state_actor<failing_state>>(watched.hdl(), &who);
    end_watch end{hdl};
    self->send(hdl, 1);
    run();
    CHECK(describe(end.reason()) == "crashed(\"no way\")");
  }
  {
    auto hdl = sys.spawn<otp::state_actor<typed_failing_state>>();
    end_watch end{hdl};
    run();
    CHECK(end.reason() == ec::crashed);
  }
  kill(watched.hdl());
  CHECK(running() == before - 1);
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(who));
}

// -- urgent exits -------------------------------------------------------------

TEST_CASE_METHOD(fixture, "an exit message overtakes what is queued") {
  auto child = start_child();
  for (auto i = 0; i < 100; ++i)
    self->send(child, std::string{"who?"});
  otp::send_exit(parent_ptr(), caf::actor_cast<caf::strong_actor_ptr>(child),
                 caf::exit_reason::kill);
  auto steps = 0;
  for (end_watch end{child}; !end.ended(); ++steps)
    REQUIRE(step());
  CHECK(steps < 10);
  run();
  CHECK(down_from(child.address()) == caf::exit_reason::kill);
}

TEST_CASE_METHOD(fixture, "nobody can be asked to end or told anything") {
  otp::send_exit(parent_ptr(), nullptr, caf::exit_reason::kill);
  otp::send(parent_ptr(), nullptr, caf::make_message(1));
  run();
  CHECK(parent.got().empty());
}
