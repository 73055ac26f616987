#include "actors/otp/event_manager.hpp"

#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

#include <deque>

using namespace kv;
using namespace std::chrono_literals;
using test::as_self;
using test::listener;
using test::otp_fixture;
using test::strings;

namespace {

/// An acknowledgement that a handler keeps back.
struct deferred_ack {
  uint64_t n;
  caf::typed_response_promise<atom::ack, uint64_t> promise;
  caf::event_based_actor* handler; ///< The promise keeps it in memory.
};

/// What a handler of the test does with the events it gets.
struct handler_script {
  bool defers = false; ///< Keeps its acknowledgements back.
  std::deque<deferred_ack> deferred;
};

class fixture : public otp_fixture {
public:
  static constexpr auto deadline = 5s;

  fixture() {
    start_manager();
  }

  ~fixture() {
    for (auto& x : scripts)
      x->deferred.clear();
    for (auto& x : spawned)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    manager = nullptr;
    run();
    table.clear();
    spawned.clear();
  }

  void start_manager() {
    manager = sys.spawn<otp::state_actor<otp::event_manager_state>>(
      table.writer(), deadline);
    run();
  }

  /// Starts a handler that writes "id:event" into the trace: of strings, that
  /// is; it ends with an exception at "throw" and answers an error at "error".
  caf::actor spawn_handler(const std::string& id,
                           std::shared_ptr<handler_script> how
                           = std::make_shared<handler_script>()) {
    scripts.push_back(how);
    spawned.push_back(
      sys.spawn([id, how, log = world](caf::event_based_actor* me) {
        // As a state_actor: it survives what it does not understand.
        me->set_default_handler(
          [](caf::scheduled_actor*,
             caf::message_view&) -> caf::result<caf::message> {
            return caf::sec::unexpected_message;
          });
        me->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
        me->set_exception_handler(
          [](caf::scheduled_actor*, std::exception_ptr& x) {
            return otp::to_error(x);
          });
        return caf::behavior{
          [=](atom::event, uint64_t n,
              const std::string& what) -> otp::event_ack {
            log->trace.push_back(id + ":" + what);
            if (what == "throw")
              throw std::runtime_error("told to");
            if (what == "error")
              return caf::make_error(ec::badarg);
            if (!how->defers)
              return otp::ack(n);
            auto promise = me->make_response_promise<atom::ack, uint64_t>();
            how->deferred.push_back({n, promise, me});
            return promise;
          },
        };
      }));
    return spawned.back();
  }

  caf::actor add(const std::string& id, std::shared_ptr<handler_script> how
                                        = std::make_shared<handler_script>()) {
    auto result = spawn_handler(id, how);
    call<caf::ok_atom>(manager, atom::add_handler_v, result);
    return result;
  }

  /// Adds a handler with an owner.
  caf::actor add_for(const std::string& id, const caf::actor& owner) {
    auto result = spawn_handler(id);
    call<caf::ok_atom>(manager, atom::add_handler_v, result, owner);
    return result;
  }

  static void release(handler_script& how, size_t i = 0) {
    auto x = how.deferred.at(i);
    how.deferred.erase(how.deferred.begin() + static_cast<ptrdiff_t>(i));
    x.handler->context(nullptr); // see as_self
    x.promise.deliver(atom::ack_v, x.n);
  }

  template <class T>
  void notify(T event) {
    caf::anon_send(manager, atom::notify_v,
                   caf::make_message(std::move(event)));
    run();
  }

  void notify(const char* event) {
    notify(std::string{event});
  }

  /// Sends a sync_notify as a plain message; its number is in `told` then.
  template <class T>
  void sync_notify(uint64_t number, T event) {
    otp::send(as_self(caller.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::sync_notify_v, number,
                                caf::make_message(std::move(event))));
    run();
  }

  void sync_notify(uint64_t number, const char* event) {
    sync_notify(number, std::string{event});
  }

  /// Returns the numbers told since the last call.
  std::vector<uint64_t> told() {
    std::vector<uint64_t> result;
    for (auto& x : caller.take()) {
      REQUIRE(x.match_elements<atom::told, uint64_t>());
      result.push_back(x.get_as<uint64_t>(1));
    }
    return result;
  }

  std::vector<caf::actor> handlers() {
    return call<std::vector<caf::actor>>(manager, atom::which_handlers_v);
  }

  using numbers = std::vector<uint64_t>;

  ets::owner<otp::handlers_table> table;
  otp::event_manager_actor manager;
  listener caller{sys};
  std::vector<caf::actor> spawned{caller.hdl()};
  std::vector<std::shared_ptr<handler_script>> scripts;
};

/// Checks that an owner was told of the end of `handler`, and returns why.
caf::error handler_exit(listener& owner, const caf::actor& handler) {
  auto got = owner.take();
  REQUIRE(got.size() == 1);
  REQUIRE(
    got[0].match_elements<atom::handler_exit, caf::actor_addr, caf::error>());
  CHECK(got[0].get_as<caf::actor_addr>(1) == handler.address());
  return got[0].get_as<caf::error>(2);
}

} // namespace

// -- telling ------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "handlers are told in the order they were added") {
  auto a = add("a");
  auto b = add("b");
  auto c = add("c");
  notify("x");
  notify("y");
  CHECK(trace() == strings{"a:x", "b:x", "c:x", "a:y", "b:y", "c:y"});
  CHECK(handlers() == std::vector{c, b, a});
}

TEST_CASE_METHOD(fixture, "without handlers a sync_notify answers at once") {
  sync_notify(7, "x");
  CHECK(told() == numbers{7});
  notify("y");
  sync_notify(8, "z");
  CHECK(told() == numbers{8});
}

TEST_CASE_METHOD(fixture, "a sync_notify answers when all have acknowledged") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto slower = std::make_shared<handler_script>();
  slower->defers = true;
  add("a", slow);
  add("b");
  add("c", slower);
  sync_notify(1, "x");
  CHECK(trace() == strings{"a:x", "b:x", "c:x"});
  release(*slower);
  run();
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "acknowledgements may come in any order") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  add("a", slow);
  for (uint64_t n = 1; n <= 4; ++n)
    sync_notify(n * 10, "x");
  CHECK(told().empty());
  release(*slow, 2);
  run();
  CHECK(told() == numbers{30});
  release(*slow, 0);
  run();
  CHECK(told() == numbers{10});
  release(*slow, 1);
  run();
  CHECK(told() == numbers{40});
  release(*slow, 0);
  run();
  CHECK(told() == numbers{20});
  sync_notify(50, "y"); // the numbers go on
  REQUIRE(slow->deferred.size() == 1);
  CHECK(slow->deferred.front().n == 5);
  release(*slow);
  run();
  CHECK(told() == numbers{50});
}

TEST_CASE_METHOD(fixture, "a request to sync_notify is answered") {
  add("a");
  auto response = self->request(manager, caf::infinite, atom::sync_notify_v,
                                uint64_t{3},
                                caf::make_message(std::string{"x"}));
  run();
  response.receive([](atom::told, uint64_t n) { CHECK(n == 3); },
                   [](const caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(fixture, "an event may carry any payload") {
  std::vector<std::string> heard;
  auto handler = sys.spawn([&](caf::event_based_actor*) {
    return caf::behavior{
      [&](atom::event, uint64_t n) {
        heard.emplace_back("nothing");
        return otp::ack(n);
      },
      [&](atom::event, uint64_t n, int x, const std::string& y) {
        heard.push_back(std::to_string(x) + y);
        return otp::ack(n);
      },
    };
  });
  spawned.push_back(handler);
  call<caf::ok_atom>(manager, atom::add_handler_v, handler);
  caf::anon_send(manager, atom::notify_v, caf::make_message());
  caf::anon_send(manager, atom::notify_v,
                 caf::make_message(1, std::string{"x"}));
  run();
  CHECK(heard == strings{"nothing", "1x"});
}

TEST_CASE_METHOD(fixture, "an event a handler has no clause for counts as "
                          "acknowledged") {
  auto a = add("a");
  sync_notify(1, 3.14);
  CHECK(told() == numbers{1});
  sync_notify(2, "x");
  CHECK(told() == numbers{2});
  CHECK(handlers() == std::vector{a});
}

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

// -- late handlers ------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a late handler costs one deadline, once") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  auto b = add("b");
  sync_notify(1, "x");
  advance(deadline - 1ns);
  CHECK(told().empty());
  advance(1ns);
  CHECK(told() == numbers{1});
  trace();
  // Now it is told asynchronously, and loses nothing.
  sync_notify(2, "y");
  CHECK(told() == numbers{2});
  CHECK(trace() == strings{"a:y", "b:y"});
  CHECK(handlers() == std::vector{b, a});
  // It catches up: what it acknowledges now answers nobody twice.
  release(*slow);
  run();
  sync_notify(3, "z");
  CHECK(told() == numbers{3});
  release(*slow);
  release(*slow);
  run();
  CHECK(told().empty());
  // It counts again.
  sync_notify(4, "w");
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{4});
  // And may be late again.
  sync_notify(5, "v");
  advance(deadline);
  CHECK(told() == numbers{5});
}

TEST_CASE_METHOD(fixture, "a deadline counts from the event, not from an "
                          "earlier one") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  sync_notify(1, "x"); // the sweep is due at 5 s
  advance(1s);
  release(*slow);
  run();
  CHECK(told() == numbers{1});
  advance(3s);
  sync_notify(2, "y"); // told at 4 s, late at 9 s
  advance(deadline - 1ns);
  CHECK(told().empty());
  advance(1ns);
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture, "late handlers do not hold up one another") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  for (const auto* id : {"a", "b", "c"})
    add(id, slow);
  add("d");
  sync_notify(1, "x");
  advance(deadline);
  CHECK(told() == numbers{1});
  CHECK(handlers().size() == 4);
}

TEST_CASE_METHOD(fixture, "what a late handler acknowledges does not stand for "
                          "another") {
  auto late = std::make_shared<handler_script>();
  late->defers = true;
  add("a", late);
  sync_notify(1, "x");
  advance(deadline);
  CHECK(told() == numbers{1});
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  add("b", slow);
  sync_notify(2, "y");
  release(*late);
  release(*late);
  run();
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture, "a late handler that ends answers nobody twice") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  auto prompt = std::make_shared<handler_script>();
  prompt->defers = true;
  add("b", prompt);
  sync_notify(1, "x");
  release(*prompt);
  advance(deadline);
  CHECK(told() == numbers{1});
  sync_notify(2, "y");
  kill(a);
  CHECK(told().empty());
  release(*prompt);
  run();
  CHECK(told() == numbers{2});
}

// -- a new manager over the same handlers -------------------------------------

TEST_CASE_METHOD(fixture, "a new manager tells the same handlers in the same "
                          "order") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  for (auto i = 0; i < 20; ++i)
    add(std::to_string(i));
  auto owned = add_for("owned", owner.hdl());
  call<caf::ok_atom>(manager, atom::delete_handler_v, handlers().back());
  auto before = handlers();
  notify("x");
  auto heard = trace();
  kill(manager);
  start_manager();
  CHECK(handlers() == before);
  notify("x");
  CHECK(trace() == heard);
  // One that is added now comes last.
  auto last = add("last");
  CHECK(handlers().front() == last);
  // Owners are known still.
  kill(owned);
  CHECK(handler_exit(owner, owned) == caf::exit_reason::kill);
  CHECK(handlers().size() == before.size());
}

TEST_CASE_METHOD(fixture, "a handler that died while there was no manager is "
                          "purged and its owner told") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  listener gone{sys};
  auto a = add_for("a", owner.hdl());
  auto b = add("b");
  auto c = add_for("c", gone.hdl());
  kill(manager);
  kill(a);
  kill(gone.hdl());
  start_manager();
  CHECK(handler_exit(owner, a) == caf::exit_reason::kill);
  CHECK(handlers() == std::vector{b});
  CHECK(table.size() == 1);
  trace();
  sync_notify(1, "x");
  CHECK(trace() == strings{"b:x"});
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "what a dead manager asked for is no business of the "
                          "new one") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  sync_notify(1, "x");
  kill(manager);
  start_manager();
  sync_notify(2, "y");
  REQUIRE(slow->deferred.size() == 2);
  release(*slow);
  run();
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture, "many events and many handlers") {
  for (auto i = 0; i < 100; ++i)
    add(std::to_string(i));
  for (uint64_t n = 1; n <= 100; ++n)
    sync_notify(n, "x");
  CHECK(told().size() == 100);
  CHECK(trace().size() == 10'000);
}
