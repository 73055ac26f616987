// Handlers that come, go and fail.

#include "tests/otp/event_manager_fixture.hpp"

using namespace kv;
using test::as_self;
using test::handler_exit;
using test::handler_script;
using test::listener;
using test::strings;

namespace {

using fixture = test::event_fixture;

/// A handler that keeps acknowledgements back, and knows strings only.
class deferring_state {
public:
  using handle_type = caf::actor;

  static constexpr const char* name = "test.deferring";

  deferring_state(caf::event_based_actor* self,
                  std::shared_ptr<handler_script> how)
    : self_(self), how_(std::move(how)) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [this](atom::event, uint64_t n, const std::string&) -> otp::event_ack {
        auto rp = self_->make_response_promise<atom::ack, uint64_t>();
        how_->deferred.push_back({n, rp, self_});
        return rp;
      },
    };
  }

private:
  caf::event_based_actor* self_;
  std::shared_ptr<handler_script> how_;
};

} // namespace

// -- what goes wrong in a handler ---------------------------------------------

TEST_CASE_METHOD(fixture, "a handler that throws is removed, the others get "
                          "the event") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto a = add("a");
  auto deaf = spawn_handler("b");
  auto bad = sys.spawn([](caf::event_based_actor* me) {
    me->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& x) {
      return otp::to_error(x);
    });
    return caf::behavior{
      [](atom::event, uint64_t, const std::string&) -> otp::event_ack {
        throw std::runtime_error("boom");
      }};
  });
  call<caf::ok_atom>(manager, atom::add_handler_v, bad, owner.hdl());
  call<caf::ok_atom>(manager, atom::add_handler_v, deaf);
  sync_notify(1, "x");
  CHECK(trace() == strings{"a:x", "b:x"});
  CHECK(told() == numbers{1});
  CHECK(handlers() == std::vector{deaf, a});
  CHECK(table.size() == 2);
  auto reason = handler_exit(owner, bad);
  CHECK(reason == ec::crashed);
  CHECK_THAT(describe(reason), Catch::Contains("boom"));
}

TEST_CASE_METHOD(fixture, "a handler that answers with an error is removed") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto a = add("a");
  auto bad = add_for("b", owner.hdl());
  sync_notify(1, "error");
  CHECK(told() == numbers{1});
  CHECK(handlers().empty()); // both do
  CHECK(handler_exit(owner, bad) == ec::badarg);
  trace();
  notify("x");
  CHECK(trace().empty());
}

TEST_CASE_METHOD(fixture, "a handler that dies before it acknowledges keeps "
                          "nobody waiting") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  add("b");
  sync_notify(1, "x");
  sync_notify(2, "y");
  CHECK(told().empty());
  slow->deferred.clear();
  kill(a);
  CHECK(told() == numbers{1, 2});
  sync_notify(3, "z");
  CHECK(told() == numbers{3});
}

TEST_CASE_METHOD(fixture, "acknowledgements twice, too early or from strangers "
                          "are ignored") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  auto b = add("b", slow);
  auto ack = [this](const caf::actor& from, uint64_t n) {
    otp::send(as_self(from), caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::ack_v, n));
    run();
  };
  for (uint64_t n : {0, 1, 2, 100})
    ack(a, n);
  ack(a, UINT64_MAX);
  sync_notify(1, "x");
  ack(a, 1);
  ack(a, 1);
  ack(a, 2);
  ack(caller.hdl(), 1);
  caf::anon_send(manager, atom::ack_v, uint64_t{1});
  run();
  CHECK(told().empty());
  ack(b, 1);
  CHECK(told() == numbers{1});
  ack(b, 1);
  sync_notify(2, "y");
  ack(a, 1);
  ack(b, 1);
  CHECK(told().empty());
  ack(b, 2);
  CHECK(told().empty());
  ack(a, 2);
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture,
                 "messages nobody understands do not end the manager") {
  add("a");
  auto untyped = caf::actor_cast<caf::actor>(manager);
  caf::anon_send(untyped, std::string{"what?"});
  caf::anon_send(untyped, caf::make_error(ec::badarg));
  caf::anon_send(untyped, caf::down_msg{caller.hdl().address(), {}});
  caf::anon_send(untyped, atom::deadline_v);
  run();
  sync_notify(1, "x");
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "an event without a clause acknowledges no other") {
  auto how = std::make_shared<handler_script>();
  scripts.push_back(how);
  spawned.push_back(sys.spawn<otp::state_actor<deferring_state>>(how));
  call<caf::ok_atom>(manager, atom::add_handler_v, spawned.back());
  sync_notify(1, "x");
  sync_notify(2, 3.14);
  CHECK(told() == numbers{2});
  release(*how);
  run();
  CHECK(told() == numbers{1});
}

// -- handlers come and go -----------------------------------------------------

TEST_CASE_METHOD(fixture, "a handler is added once") {
  auto a = add("a");
  CHECK(try_call<caf::ok_atom>(manager, atom::add_handler_v, a).error()
        == ec::already_present);
  caf::error answer;
  auto keep = [&](const caf::expected<caf::unit_t>& x) {
    answer = x ? caf::error{} : x.error();
  };
  caf::anon_send(manager, atom::add_handler_v, a,
                 completion<caf::unit_t>::make(keep));
  run();
  CHECK(answer == ec::already_present);
  auto b = spawn_handler("b");
  caf::anon_send(manager, atom::add_handler_v, b,
                 completion<caf::unit_t>::make(keep));
  run();
  CHECK(answer == caf::none);
  notify("x");
  CHECK(trace() == strings{"a:x", "b:x"});
}

TEST_CASE_METHOD(fixture, "a deleted handler is told no more and may come "
                          "back") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto a = add_for("a", owner.hdl());
  auto b = add("b");
  call<caf::ok_atom>(manager, atom::delete_handler_v, a);
  CHECK_FALSE(handler_exit(owner, a)); // normal
  CHECK(try_call<caf::ok_atom>(manager, atom::delete_handler_v, a).error()
        == ec::no_such_actor);
  notify("x");
  CHECK(trace() == strings{"b:x"});
  call<caf::ok_atom>(manager, atom::add_handler_v, a);
  notify("y");
  CHECK(trace() == strings{"b:y", "a:y"});
  CHECK(handlers() == std::vector{a, b});
}

TEST_CASE_METHOD(fixture, "deleting a handler answers who waits for it") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  sync_notify(1, "x");
  call<caf::ok_atom>(manager, atom::delete_handler_v, a);
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "a handler that is dead when it is added is removed, "
                          "and its owner told") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto dead = spawn_handler("a");
  run();
  kill(dead);
  call<caf::ok_atom>(manager, atom::add_handler_v, dead, owner.hdl());
  CHECK(handler_exit(owner, dead) == caf::exit_reason::kill);
  CHECK(handlers().empty());
  CHECK(table.size() == 0);
}

TEST_CASE_METHOD(fixture, "handlers leave when their owner ends") {
  listener owner{sys};
  auto a = add_for("a", owner.hdl());
  auto b = add("b");
  auto c = add_for("c", owner.hdl());
  kill(owner.hdl());
  CHECK(handlers() == std::vector{b});
  CHECK(table.size() == 1);
  notify("x");
  CHECK(trace() == strings{"b:x"});
}

TEST_CASE_METHOD(fixture, "an owner is watched for as long as it has a "
                          "handler") {
  listener owner{sys};
  auto a = add_for("a", owner.hdl());
  auto b = add_for("b", owner.hdl());
  call<caf::ok_atom>(manager, atom::delete_handler_v, a);
  kill(owner.hdl());
  CHECK(handlers().empty());
}

TEST_CASE_METHOD(fixture, "who is both a handler and an owner is watched as "
                          "both") {
  auto boss = add("boss");
  auto a = add_for("a", boss);
  SECTION("it leaves as a handler") {
    call<caf::ok_atom>(manager, atom::delete_handler_v, boss);
    CHECK(handlers() == std::vector{a});
  }
  SECTION("its handler leaves") {
    call<caf::ok_atom>(manager, atom::delete_handler_v, a);
    CHECK(handlers() == std::vector{boss});
  }
  kill(boss);
  CHECK(handlers().empty());
}

TEST_CASE_METHOD(fixture, "what an owner answers is no acknowledgement") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto boss = add("boss", slow); // has no clause for handler_exit
  auto a = add_for("a", boss);
  sync_notify(1, "x");
  kill(a);
  CHECK(told().empty());
  CHECK(handlers() == std::vector{boss});
  release(*slow);
  run();
  CHECK(told() == numbers{1});
}
