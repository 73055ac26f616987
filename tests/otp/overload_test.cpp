#include "actors/otp/overload.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using test::otp_fixture;

namespace {

using work = completion<int>;

/// Has room for three requests.
class busy_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.busy";

  explicit busy_state(caf::event_based_actor*) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [](int x) { return x; },
      [](const work& x) { x.deliver(1); },
    };
  }

  uint32_t mailbox_limit() const {
    return 3;
  }

  static bool refuse(caf::type_erased_tuple& content, const caf::error& why) {
    if (!content.match_elements<work>())
      return false;
    content.get_as<work>(0).deliver(why);
    return true;
  }
};

class fixture : public otp_fixture {
public:
  fixture() : busy(sys.spawn<otp::state_actor<busy_state>>()) {
    run();
    for (auto i = 0; i < 3; ++i)
      caf::anon_send(busy, i);
  }

  ~fixture() {
    caf::anon_send_exit(busy, caf::exit_reason::kill);
    run();
  }

  work make_work() {
    return work::make([this](caf::expected<int> x) { done.push_back(x); });
  }

  caf::actor busy;
  std::vector<caf::expected<int>> done;
};

} // namespace

TEST_CASE("an overload says when to try again") {
  CHECK(retry_after(otp::overload(0)) == 10ms);
  CHECK(retry_after(otp::overload(100'000)) == 1s);
  CHECK(retry_after(caf::make_error(ec::overloaded)) == std::nullopt);
  CHECK(retry_after(caf::make_error(ec::timeout, uint64_t{1})) == std::nullopt);
  CHECK(retry_after({}) == std::nullopt);
  CHECK(describe(make_overload(20ms)) == "overloaded(20)");
}

TEST_CASE_METHOD(fixture, "a full mailbox refuses requests at once") {
  auto response = self->request(busy, caf::infinite, 1);
  REQUIRE_FALSE(self->mailbox().empty()); // nothing has run
  auto refused = false;
  response.receive([](int) { FAIL("it was full"); },
                   [&](const caf::error& err) {
                     refused = err == ec::overloaded && retry_after(err);
                   });
  CHECK(refused);
  run();
  CHECK(call<int>(busy, 2) == 2); // there is room again
}

TEST_CASE_METHOD(fixture, "it answers what carries its answer along") {
  caf::anon_send(busy, make_work());
  REQUIRE(done.size() == 1);
  CHECK(done[0].error() == ec::overloaded);
  run();
  caf::anon_send(busy, make_work());
  run();
  REQUIRE(done.size() == 2);
  CHECK(done[1] == 1);
}

TEST_CASE_METHOD(fixture, "what nobody waits for, and exits, are queued") {
  caf::anon_send(busy, 4);
  CHECK(
    otp::observed::of(caf::actor_cast<caf::strong_actor_ptr>(busy))->waiting()
    == 4);
  test::end_watch end{busy};
  SECTION("an urgent exit") {
    kill(busy);
    CHECK(end.ended());
  }
  SECTION("an exit without hurry") {
    caf::anon_send_exit(busy, caf::exit_reason::user_shutdown);
    run();
    CHECK(end.ended());
  }
  // Who has ended is down, not full.
  CHECK(try_call<int>(busy, 1).error() == caf::sec::request_receiver_down);
}
