#include "actors/examples/presence.hpp"

#include "tests/support/deterministic_fixture.hpp"

#include <caf/event_based_actor.hpp>

using namespace kv;
using namespace kv::examples;

namespace {

using strings = std::vector<std::string>;

struct fixture : test::deterministic_fixture {
  fixture() {
    auto made = otp::start_root(sys, top_.writer(), [](caf::local_actor*) {
      return otp::supervisor_init{{}, {}, {{"presence", start_presence}}};
    });
    REQUIRE(made);
    root_ = *made;
    run();
  }

  ~fixture() {
    kill(root_, caf::exit_reason::user_shutdown);
    root_ = nullptr;
  }

  static ets::reader<otp::names_table> names() {
    return ets::whereis<otp::names_table>(presence_state::name);
  }

  static presence_actor presence() {
    return otp::whereis<presence_actor>(names(), presence_state::name);
  }

  caf::strong_actor_ptr guest() {
    return caf::actor_cast<caf::strong_actor_ptr>(
      sys.spawn([] { return caf::behavior{[](int) {}}; }));
  }

  void enter(std::string room, std::string nickname,
             const caf::strong_actor_ptr& who) {
    call<caf::ok_atom>(presence(), atom::put_v, std::move(room),
                       std::move(nickname), who);
  }

  strings in(std::string room) {
    return call<strings>(presence(), atom::get_v, std::move(room));
  }

private:
  ets::owner<otp::names_table> top_;
  otp::supervisor_actor root_;
};

} // namespace

TEST_CASE_METHOD(fixture, "presence knows who is in which room", "[examples]") {
  auto ann = guest();
  auto bob = guest();
  enter("hall", "bob", bob);
  enter("hall", "ann", ann);
  enter("attic", "annie", ann);
  CHECK(in("hall") == strings{"ann", "bob"});
  CHECK(in("attic") == strings{"annie"});
  CHECK(in("cellar").empty());
  CHECK(call<uint64_t>(presence(), atom::erase_v, std::string{"hall"}, ann)
        == 1);
  CHECK(in("hall") == strings{"bob"});
}

TEST_CASE_METHOD(fixture, "who ends has left every room", "[examples]") {
  auto ann = guest();
  enter("hall", "ann", ann);
  enter("attic", "ann", ann);
  kill(caf::actor_cast<caf::actor>(ann));
  CHECK(in("hall").empty());
  CHECK(in("attic").empty());
}

TEST_CASE_METHOD(fixture, "who is in a room survives the registry",
                 "[examples]") {
  auto ann = guest();
  enter("hall", "ann", ann);
  auto before = presence();
  kill(otp::whereis<caf::actor>(names(), "rooms/0"));
  CHECK(presence() != before); // was started after it
  CHECK(in("hall") == strings{"ann"});
}
