// One handler that fails, beside a hundred that do not; managers whose
// handlers never answer.

#include "tests/otp/event_manager_fixture.hpp"

#include <iostream>
#include <malloc.h>

using namespace kv;
using namespace std::chrono_literals;
using test::handler_exit;
using test::handler_script;
using test::listener;
using test::strings;

namespace {

constexpr size_t good_ones = 100;

class fixture : public test::event_fixture {
public:
  fixture() {
    for (size_t i = 0; i < good_ones / 2; ++i)
      add("good");
  }

  /// Half of the good ones come after the bad one.
  void add_rest() {
    for (size_t i = good_ones / 2; i < good_ones; ++i)
      add("good");
    spawned.push_back(owner.hdl());
  }

  /// Tells three events, each once the one before is told; returns how long it
  /// took until all were told.
  std::chrono::nanoseconds tell_three() {
    auto from = now();
    for (uint64_t n = 1; n <= 3; ++n) {
      sync_notify(n, "x");
      for (auto i = 0; i < 600 && caller.got().empty(); ++i)
        advance(100ms);
      CHECK(told() == numbers{n});
    }
    return now() - from;
  }

  /// Checks that each good handler has had each event, once.
  void check_good_ones() {
    auto heard = trace();
    CHECK(std::count(heard.begin(), heard.end(), "good:x") == 3 * good_ones);
  }

  listener owner{sys};
};

/// A handler of its own kind.
caf::actor spawn(caf::actor_system& sys,
                 std::function<otp::event_ack(uint64_t)> on_event) {
  return sys.spawn([=](caf::event_based_actor* me) {
    me->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& x) {
      return otp::to_error(x);
    });
    return caf::behavior{
      [=](atom::event, uint64_t n, const std::string&) { return on_event(n); }};
  });
}

} // namespace

TEST_CASE_METHOD(fixture, "a handler that throws costs the others nothing") {
  auto bad = spawn(sys, [](uint64_t) -> otp::event_ack {
    throw std::runtime_error("boom");
  });
  call<caf::ok_atom>(manager, atom::add_handler_v, bad, owner.hdl());
  add_rest();
  CHECK(tell_three() == 0s);
  CHECK(handlers().size() == good_ones);
  CHECK_THAT(describe(handler_exit(owner, bad)), Catch::Contains("boom"));
  check_good_ones();
}

TEST_CASE_METHOD(fixture, "a handler that sleeps costs one deadline, once") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  add("bad", slow);
  add_rest();
  auto from = now();
  sync_notify(1, "x");
  advance(deadline);
  CHECK(told() == numbers{1});
  sync_notify(2, "x");
  CHECK(told() == numbers{2}); // it sleeps still
  advance(10s - deadline);
  release(*slow);
  release(*slow);
  run();
  sync_notify(3, "x"); // it counts again
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{3});
  CHECK(now() - from == 10s);
  CHECK(handlers().size() == good_ones + 1);
  check_good_ones();
}

TEST_CASE_METHOD(fixture, "a handler that is dead when it is added costs the "
                          "others nothing") {
  auto dead = spawn_handler("dead");
  kill(dead);
  call<caf::ok_atom>(manager, atom::add_handler_v, dead, owner.hdl());
  add_rest();
  CHECK(tell_three() == 0s);
  CHECK(handlers().size() == good_ones);
  CHECK(handler_exit(owner, dead) == caf::exit_reason::kill);
  check_good_ones();
}

TEST_CASE_METHOD(fixture, "a handler that dies while it is added costs the "
                          "others nothing") {
  auto dying = spawn_handler("dying");
  caf::anon_send(manager, atom::add_handler_v, dying, owner.hdl());
  caf::anon_send_exit(dying, caf::exit_reason::kill);
  add_rest();
  CHECK(tell_three() == 0s);
  CHECK(handlers().size() == good_ones);
  check_good_ones();
}

TEST_CASE_METHOD(fixture, "a handler that never answers costs one deadline, "
                          "once") {
  auto bad = add_listener({.owner = owner.hdl()});
  add_rest();
  auto took = tell_three();
  CHECK(took == deadline);
  CHECK(handlers().size() == good_ones + 1);
  CHECK(owner.got().empty());
  CHECK(words(bad) == strings{"1", "2", "3"});
  check_good_ones();
}

TEST_CASE_METHOD(fixture, "a filter or a callback that throws costs the others "
                          "nothing") {
  otp::handler_options options{.owner = owner.hdl()};
  auto boom = [](auto&&...) -> bool { throw std::runtime_error("boom"); };
  SECTION("filter") {
    options.filter = boom;
  }
  SECTION("callback") {
    options.callback = boom;
  }
  auto bad = add_with("bad", options);
  add_rest();
  CHECK(tell_three() == 0s);
  CHECK(handlers().size() == good_ones);
  CHECK_THAT(describe(handler_exit(owner, bad)), Catch::Contains("boom"));
  check_good_ones();
}

// -- what a bad filter owes ---------------------------------------------------

TEST_CASE_METHOD(test::event_fixture,
                 "who waits for an event does not wait for a handler whose "
                 "filter throws at a later one") {
  auto slow = add_listener({.window = 1, .filter = [](const caf::message& x) {
                              if (x.get_as<std::string>(0) == "bad")
                                throw std::runtime_error("boom");
                              return true;
                            }});
  sync_notify(1, "x");
  sync_notify(2, "x"); // waits in the log
  CHECK(told().empty());
  sync_notify(3, "bad");
  CHECK(told() == numbers{3, 1, 2});
  CHECK(handlers().empty());
}

TEST_CASE_METHOD(test::event_fixture, "a handler that is removed hears why") {
  auto bad = add_listener({.filter = [](const caf::message&) -> bool {
    throw std::runtime_error("boom");
  }});
  notify("x");
  CHECK_THAT(describe(handler_exit(bad, bad.hdl())), Catch::Contains("boom"));
}

TEST_CASE_METHOD(test::event_fixture, "a window of no event is refused") {
  auto a = spawn_handler("a");
  CHECK(try_call<caf::ok_atom>(manager, atom::add_handler_v, a,
                               otp::handler_options{.window = 0})
          .error()
        == ec::badarg);
}

// -- handlers that run in the manager -----------------------------------------

TEST_CASE_METHOD(test::event_fixture, "a callback gets events in the manager, "
                                      "in the order of the handlers") {
  auto heard = std::make_shared<strings>();
  auto callback = [heard](const std::string& id) {
    return [heard, id](uint64_t n, const caf::message& x) {
      heard->push_back(id + std::to_string(n) + x.get_as<std::string>(0));
    };
  };
  auto a = add_with("a", {.callback = callback("a")});
  auto b = add_with("b", {.callback = callback("b")});
  sync_notify(1, "x");
  CHECK(told() == numbers{1});
  CHECK(*heard == strings{"a1x", "b1x"});
  CHECK(trace().empty()); // the actors themselves get nothing
  kill(a);
  kill(manager);
  start_manager();
  notify("y");
  CHECK(heard->back() == "b1y");
  CHECK(heard->size() == 3);
}

// -- memory -------------------------------------------------------------------

namespace {

size_t allocated() {
  auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Tells so many events.
void tell_many(test::event_fixture& x, size_t events) {
  for (size_t i = 0; i < events; ++i) {
    caf::anon_send(x.manager, atom::notify_v,
                   caf::make_message(std::string{"an event of some size"}));
    if (i % 1000 == 0)
      x.run();
  }
  x.run();
}

} // namespace

TEST_CASE_METHOD(test::event_fixture,
                 "memory does not grow with the events that a stuck handler is "
                 "not told") {
  add_listener({});
  tell_many(*this, 100'000); // fills its window and the log
  auto before = allocated();
  tell_many(*this, 100'000);
  CHECK(allocated() < before + 1'000'000);
}

TEST_CASE_METHOD(test::event_fixture,
                 "ten million events to a stuck handler cost less than 64 MiB",
                 "[soak]") {
  add_listener({});
  auto before = allocated();
  tell_many(*this, 10'000'000);
  auto bytes = allocated() - before;
  std::cerr << "10,000,000 events cost " << bytes << " bytes\n";
  CHECK(bytes < size_t{64} << 20U);
}
