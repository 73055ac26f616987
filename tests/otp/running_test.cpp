// Threads that run actors, seen from outside.

#include "actors/otp/running.hpp"

#include "actors/otp/watchdog.hpp"

#include "tests/otp/otp_fixture.hpp"
#include "tests/support/patience.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

using namespace kv;
using namespace std::chrono_literals;
using otp::busy_actor;
using otp::watchdog;

namespace {

/// What a test lets go when it has seen enough.
struct gate {
  std::binary_semaphore arrived{0};
  std::binary_semaphore open{0};

  void pass() {
    arrived.release();
    open.acquire();
  }
};

class blocking_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.blocking";

  blocking_state(caf::event_based_actor*, gate& x, bool in_start) : gate_(x) {
    if (in_start)
      gate_.pass();
  }

  caf::behavior make_behavior() {
    return {[this](atom::put, const std::string&) { gate_.pass(); }};
  }

private:
  gate& gate_;
};

/// On real threads.
class fixture {
public:
  fixture() : sys(cfg) {
    // nop
  }

  ~fixture() {
    caf::anon_send_exit(blocked, caf::exit_reason::kill);
  }

  void block() {
    blocked = sys.spawn<otp::state_actor<blocking_state>>(std::ref(where),
                                                          false);
    caf::anon_send(blocked, atom::put_v, std::string{"secret"});
    where.arrived.acquire();
  }

  std::vector<busy_actor> busy() const {
    auto result = otp::busy_actors();
    std::erase_if(result, [this](auto& x) { return x.id != blocked.id(); });
    return result;
  }

  caf::actor_system_config cfg;
  gate where;
  caf::actor_system sys;
  caf::actor blocked;
};

/// Takes numbers, and does nothing with them.
class idle_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.idle";

  explicit idle_state(caf::event_based_actor*) {
    // nop
  }

  caf::behavior make_behavior() {
    return {[](int) {}};
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a handler that blocks is seen, with its message") {
  block();
  auto seen = busy();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].name == "test.blocking");
  CHECK(seen[0].message == "'put', @str"); // types, not what is in it
  CHECK(busy() == seen);                   // it has not got any further
  where.open.release();
  while (!busy().empty())
    std::this_thread::yield();
}

TEST_CASE_METHOD(fixture, "a start that blocks is seen") {
  std::thread starter{[this] {
    blocked = sys.spawn<otp::state_actor<blocking_state>>(std::ref(where),
                                                          true);
  }};
  where.arrived.acquire();
  auto seen = otp::busy_actors();
  auto i = std::find_if(seen.begin(), seen.end(),
                        [](auto& x) { return x.name == "test.blocking"; });
  REQUIRE(i != seen.end());
  CHECK(i->message.empty());
  where.open.release();
  starter.join();
}

TEST_CASE_METHOD(fixture, "no more messages wait than were sent") {
  blocked = sys.spawn<otp::state_actor<idle_state>>();
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(blocked);
  constexpr uint32_t messages = 200'000;
  std::atomic<bool> done = false;
  std::thread sender{[&] {
    for (uint32_t i = 0; i < messages; ++i)
      caf::anon_send(blocked, 1);
    done = true;
  }};
  uint32_t most = 0;
  while (!done)
    most = std::max(most, otp::observed::of(ptr)->waiting());
  sender.join();
  CHECK(most <= messages);
  while (otp::observed::of(ptr)->waiting() > 0)
    std::this_thread::yield();
}

TEST_CASE_METHOD(fixture, "who keeps a tree from ending is named") {
  ets::owner<otp::names_table> names;
  SECTION("by what it does") {
    block();
    auto text = otp::describe_culprits(names.reader());
    auto number = std::to_string(blocked.id());
    CHECK(text
          == "test.blocking (actor " + number
               + ") does not finish its handler of 'put', @str");
    names.insert({"a", caf::actor_cast<caf::strong_actor_ptr>(blocked)});
    CHECK(otp::describe_culprits(names.reader())
          == "a (actor " + number
               + ", test.blocking) does not finish its handler of 'put', @str");
    where.open.release();
  }
  SECTION("or because it is there") {
    blocked = sys.spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
    names.insert({"a", caf::actor_cast<caf::strong_actor_ptr>(blocked)});
    CHECK(otp::describe_culprits(names.reader())
          == "a (actor " + std::to_string(blocked.id()) + ") still runs");
  }
  SECTION("if there is anyone") {
    CHECK(otp::describe_culprits(names.reader())
          == "no actor of the tree runs");
    auto reader = names.reader();
    names.close();
    CHECK(otp::describe_culprits(reader) == "no actor of the tree runs");
  }
}

TEST_CASE("a watchdog barks once it is late, and never after") {
  std::promise<void> barked;
  {
    watchdog late{1ms, [&] { barked.set_value(); }};
    CHECK(barked.get_future().wait_for(kv::test::patience)
          == std::future_status::ready);
  }
  watchdog{1h, [] { FAIL("it was called off"); }};
}
