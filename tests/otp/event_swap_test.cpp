// Handlers that replace others, and calls.

#include "tests/otp/event_manager_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using test::listener;
using test::strings;

namespace {

using fixture = test::event_fixture;

} // namespace

namespace {

/// Starts a handler that answers to a swap with `state`.
caf::actor spawn_giver(caf::actor_system& sys, strings& trace,
                       std::string state) {
  return sys.spawn([&trace, state](caf::event_based_actor*) {
    return caf::behavior{
      [&trace](atom::event, uint64_t n, const std::string& what) {
        trace.push_back("old:" + what);
        return otp::ack(n);
      },
      [state](atom::swap_handler) -> caf::result<atom::state, caf::message> {
        return {atom::state_v, caf::make_message(state)};
      },
    };
  });
}

} // namespace

TEST_CASE_METHOD(fixture, "a new handler takes over the state and the place of "
                          "an old one") {
  auto a = add("a");
  auto old = spawn_giver(sys, world->trace, "legacy");
  spawned.push_back(old);
  call<caf::ok_atom>(manager, atom::add_handler_v, old);
  auto c = add("c");
  listener heir{sys};
  spawned.push_back(heir.hdl());
  notify("x");
  caf::anon_send(manager, atom::swap_handler_v, old, heir.hdl());
  caf::anon_send(manager, atom::notify_v, caf::make_message(std::string{"y"}));
  run();
  CHECK(trace() == strings{"a:x", "old:x", "c:x", "a:y", "c:y"});
  auto got = heir.take();
  REQUIRE(got.size() == 2); // first the state, then what the old one missed
  REQUIRE(got[0].match_elements<atom::swap_handler, caf::message>());
  CHECK(got[0].get_as<caf::message>(1).get_as<std::string>(0) == "legacy");
  CHECK(got[1].get_as<uint64_t>(1) == 2);
  CHECK(handlers() == std::vector{c, heir.hdl(), a});
  CHECK(table.size() == 3);
}

TEST_CASE_METHOD(fixture, "what is waited for passes to the new handler") {
  start_with_log(10);
  auto old = spawn_giver(sys, world->trace, "s");
  spawned.push_back(old);
  call<caf::ok_atom>(manager, atom::add_handler_v, old);
  listener heir{sys};
  spawned.push_back(heir.hdl());
  caf::anon_send(manager, atom::swap_handler_v, old, heir.hdl());
  sync_notify(1, "x");
  CHECK(told().empty());
  ack(heir.hdl(), 1);
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "a handler that gives no state is replaced all the "
                          "same") {
  listener heir{sys};
  spawned.push_back(heir.hdl());
  auto expect_no_state = [&] {
    auto got = heir.take();
    REQUIRE(!got.empty());
    REQUIRE(got[0].match_elements<atom::swap_handler, caf::message>());
    CHECK(got[0].get_as<caf::message>(1).empty());
    CHECK(handlers() == std::vector{heir.hdl()});
  };
  SECTION("because there is none") {
    auto stranger = spawn_handler("a");
    call<caf::ok_atom>(manager, atom::swap_handler_v, stranger, heir.hdl());
    expect_no_state();
  }
  SECTION("because it has no clause for it") {
    auto old = add("a");
    call<caf::ok_atom>(manager, atom::swap_handler_v, old, heir.hdl());
    expect_no_state();
  }
  SECTION("because it is dead") {
    auto old = add("a");
    call<caf::ok_atom>(manager, atom::swap_handler_v, old, heir.hdl());
    kill(old);
    expect_no_state();
  }
  SECTION("because it does not answer") {
    auto old = add_listener({});
    call<caf::ok_atom>(manager, atom::swap_handler_v, old.hdl(), heir.hdl());
    sync_notify(1, "x");
    advance(deadline - 1ns);
    CHECK(heir.got().empty());
    advance(1ns);
    expect_no_state();
    ack(heir.hdl(), 1);
    CHECK(told() == numbers{1});
  }
}

TEST_CASE_METHOD(fixture, "an owner hears of a swap, and has the new "
                          "handler") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto old = add_for("a", owner.hdl());
  auto heir = spawn_handler("b");
  call<caf::ok_atom>(manager, atom::swap_handler_v, old, heir);
  CHECK_FALSE(test::handler_exit(owner, old)); // in order
  CHECK(handlers() == std::vector{heir});
  kill(heir);
  CHECK(test::handler_exit(owner, heir) == caf::exit_reason::kill);
}

TEST_CASE_METHOD(fixture, "a swap with a handler that is there already is "
                          "refused") {
  auto a = add("a");
  auto b = add("b");
  CHECK(try_call<caf::ok_atom>(manager, atom::swap_handler_v, a, b).error()
        == ec::already_present);
  CHECK(handlers() == std::vector{b, a});
}

// -- calls --------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a handler answers what the manager hands on") {
  auto a = sys.spawn([](caf::event_based_actor*) {
    return caf::behavior{[](int x) { return x + 1; }};
  });
  spawned.push_back(a);
  call<caf::ok_atom>(manager, atom::add_handler_v, a);
  auto untyped = caf::actor_cast<caf::actor>(manager);
  CHECK(call<int>(untyped, atom::call_handler_v, a, caf::make_message(41))
        == 42);
  auto stranger = spawn_handler("b");
  CHECK(
    try_call<int>(untyped, atom::call_handler_v, stranger, caf::make_message(1))
      .error()
    == ec::no_such_actor);
}

TEST_CASE_METHOD(fixture, "a notify as a request is answered at once") {
  auto slow = add_listener({});
  auto response = self->request(manager, caf::infinite, atom::notify_v,
                                caf::make_message(std::string{"x"}));
  run();
  auto answered = false;
  response.receive([&] { answered = true; },
                   [](const caf::error& err) { FAIL(describe(err)); });
  CHECK(answered);
}
