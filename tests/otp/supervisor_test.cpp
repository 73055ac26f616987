// Starting and restarting; see supervisor_stop_test.cpp for the rest.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::restart;
using test::end_watch;
using test::otp_fixture;
using test::strings;

namespace {

class fixture : public otp_fixture {
public:
  std::vector<otp::child_info> children() {
    return call<std::vector<otp::child_info>>(root, atom::which_children_v);
  }

  strings ids() {
    strings result;
    for (auto& x : children())
      result.push_back(x.id);
    return result;
  }

  otp::child_counts counts() {
    return call<otp::child_counts>(root, atom::count_children_v);
  }
};

} // namespace

// -- starting -----------------------------------------------------------------

TEST_CASE_METHOD(fixture,
                 "children start in order, before start_root returns") {
  auto result = try_start({spec("a"), spec("b"), spec("c")});
  REQUIRE(result);
  root = *result;
  CHECK(trace() == strings{"+a", "+b", "+c"});
  CHECK(whereis("c"));
}

TEST_CASE_METHOD(fixture, "children are listed last started first") {
  start({spec("a"), spec("b"), spec("c")});
  CHECK(ids() == strings{"c", "b", "a"});
  for (auto& x : children()) {
    CHECK(caf::actor_cast<caf::actor>(x.ptr) == whereis(x.id));
    CHECK(x.restarts == 0);
  }
  CHECK(counts().specs == 3);
  CHECK(counts().active == 3);
}

TEST_CASE_METHOD(fixture, "a supervisor may have no children") {
  start({});
  CHECK(ids().empty());
  end_watch end{root};
  stop();
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(fixture, "a start that fails stops those before it") {
  world->failing["c"] = 1;
  auto result = try_start({spec("a"), spec("b"), spec("c"), spec("d")});
  REQUIRE_FALSE(result);
  CHECK(result.error() == ec::crashed);
  CHECK_THAT(describe(result.error()), Catch::Contains("c does not start"));
  CHECK_FALSE(whereis("a"));
  CHECK_FALSE(whereis("b"));
  run();
  auto what = trace();
  REQUIRE(what.size() == 5);
  std::sort(what.begin() + 3, what.end()); // they are killed, nobody waits
  CHECK(what == strings{"+a", "+b", "!c", "-a", "-b"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "two children of one id are refused") {
  auto result = try_start({spec("a"), spec("b"), spec("a")});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("called a"));
  CHECK_FALSE(whereis("a"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "an init function that throws starts nothing") {
  auto result = otp::start_root(sys, names.writer(),
                                [](caf::local_actor*) -> otp::supervisor_init {
                                  throw std::runtime_error("no plan");
                                });
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("no plan"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "a start function may return an error") {
  auto refuse = [](caf::local_actor*) -> caf::expected<otp::child> {
    return caf::make_error(ec::badarg, std::string{"no such disk"});
  };
  auto result = try_start({spec("a"), {"disk", refuse}});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("cannot start disk")
                                         && Catch::Contains("no such disk"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "a start function that gives no actor has failed") {
  auto nothing = [](caf::local_actor*) -> caf::expected<otp::child> {
    return otp::child{};
  };
  auto result = try_start({spec("a"), {"nothing", nothing}});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("cannot start nothing"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "a taken table name keeps the supervisor from "
                          "starting") {
  ets::owner<otp::names_table> other{{.name = "test.taken"}};
  auto result = otp::start_root(
    sys, names.writer(), [this](caf::local_actor*) -> otp::supervisor_init {
      otp::supervisor_init init{{}, {}, {spec("a")}};
      init.tables.keep(ets::owner<otp::names_table>{{.name = "test.taken"}});
      return init;
    });
  REQUIRE_FALSE(result);
  CHECK(trace().empty());
  run();
  CHECK(running() == 0);
}

// -- restarting ---------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a permanent child is restarted and its name "
                          "re-pointed") {
  start({spec("a"), spec("b")});
  for (const auto* how : {"throw", "quit"}) {
    auto old = whereis("a");
    trace();
    tell("a", how);
    CHECK(trace() == strings{"-a", "+a"});
    REQUIRE(whereis("a"));
    CHECK(whereis("a") != old);
    CHECK(call<std::string>(whereis("a"), std::string{"who?"}) == "a");
  }
  CHECK(children().back().restarts == 2);
  CHECK(children().front().restarts == 0);
}

TEST_CASE_METHOD(fixture, "a killed child is restarted") {
  start({spec("a")});
  auto old = whereis("a");
  kill(old);
  CHECK(whereis("a"));
  CHECK(whereis("a") != old);
}

TEST_CASE_METHOD(fixture, "only the child that ended is restarted") {
  start({spec("a"), spec("b"), spec("c")});
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "+b"});
  CHECK(ids() == strings{"c", "b", "a"});
}

TEST_CASE_METHOD(fixture, "a transient child is restarted after a crash only") {
  start({spec("a", restart::transient), spec("b")});
  tell("a", "throw");
  CHECK(whereis("a"));
  trace();
  tell("a", "quit");
  CHECK(trace() == strings{"-a"});
  CHECK_FALSE(whereis("a"));
  CHECK(ids() == strings{"b", "a"});
  CHECK(counts().specs == 2);
  CHECK(counts().active == 1);
}

TEST_CASE_METHOD(fixture, "a temporary child is forgotten when it ends") {
  start({spec("a"), spec("b", restart::temporary), spec("c")});
  tell("b", "throw");
  CHECK_FALSE(whereis("b"));
  CHECK(ids() == strings{"c", "a"});
  CHECK(counts().specs == 2);
  tell("a", "throw"); // its place is found all the same
  CHECK(whereis("a"));
}

TEST_CASE_METHOD(fixture, "an end without a restart does not count as one") {
  std::vector<otp::child_spec> specs{spec("a", restart::transient)};
  for (auto i = 0; i < 9; ++i)
    specs.push_back(spec("t" + std::to_string(i), restart::temporary));
  start(specs);
  for (auto i = 0; i < 9; ++i)
    tell("t" + std::to_string(i), "throw");
  tell("a", "quit");
  CHECK(ids() == strings{"a"});
}

TEST_CASE_METHOD(fixture, "down messages of strangers change nothing") {
  start({spec("a")});
  auto old = whereis("a");
  caf::anon_send(caf::actor_cast<caf::actor>(root),
                 caf::down_msg{self->address(), {}});
  run();
  CHECK(whereis("a") == old);
  CHECK(counts().active == 1);
}

TEST_CASE_METHOD(fixture, "a plain actor that CAF offers can be a child") {
  auto starts = std::make_shared<int>(0);
  auto plain = [starts](caf::local_actor* parent) -> caf::expected<otp::child> {
    ++*starts;
    auto hdl = parent->home_system().spawn([](caf::event_based_actor* me) {
      return caf::behavior{[me](atom::erase) { me->quit(ec::badarg); }};
    });
    return otp::child{caf::actor_cast<caf::strong_actor_ptr>(hdl)};
  };
  start({{"plain", plain}});
  auto old = whereis("plain");
  caf::anon_send(old, atom::erase_v);
  run();
  CHECK(*starts == 2);
  REQUIRE(whereis("plain"));
  CHECK(whereis("plain") != old);
  stop();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "a child that has ended before it is watched is "
                          "restarted") {
  auto starts = std::make_shared<int>(0);
  auto short_lived
    = [starts](caf::local_actor* parent) -> caf::expected<otp::child> {
    auto hdl = parent->home_system().spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](atom::get) {}}; });
    if (++*starts == 1)
      caf::actor_cast<caf::local_actor*>(hdl)->cleanup(
        caf::error{caf::exit_reason::kill}, nullptr);
    return otp::child{caf::actor_cast<caf::strong_actor_ptr>(hdl)};
  };
  start({{"short", short_lived}});
  CHECK(*starts == 2);
  CHECK(whereis("short"));
}

// -- intensity ----------------------------------------------------------------

TEST_CASE_METHOD(fixture, "three restarts are fine, the fourth ends the "
                          "supervisor and all children in reverse order") {
  start({spec("a"), spec("b"), spec("c")});
  end_watch end{root};
  for (auto i = 0; i < 3; ++i)
    tell("b", "throw");
  CHECK_FALSE(end.ended());
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "-c", "-a"});
  CHECK(end.reason() == ec::max_restarts);
  CHECK(describe(end.reason()) == "max_restarts(\"b\")");
  CHECK(names.size() == 0);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "restarts of all children count together") {
  start({spec("a"), spec("b")});
  end_watch end{root};
  tell("a", "throw");
  tell("b", "throw");
  tell("a", "throw");
  CHECK_FALSE(end.ended());
  tell("b", "throw");
  CHECK(end.reason() == ec::max_restarts);
}

TEST_CASE_METHOD(fixture, "restarts further apart go on for ever") {
  start({spec("a")}, {.intensity = 1, .period = 5s});
  for (auto i = 0; i < 20; ++i) {
    tell("a", "throw");
    REQUIRE(whereis("a"));
    advance(5s + 1ns);
  }
  tell("a", "throw");
  advance(5s);
  end_watch end{root};
  tell("a", "throw");
  CHECK(end.reason() == ec::max_restarts);
}

TEST_CASE_METHOD(fixture, "a start that fails is tried again at once and each "
                          "attempt counts") {
  start({spec("a"), spec("b")});
  end_watch end{root};
  trace();
  world->failing["b"] = 100;
  tell("b", "throw");
  // Four starts in all, the first one included.
  CHECK(trace() == strings{"-b", "!b", "!b", "!b", "-a"});
  CHECK(end.reason() == ec::max_restarts);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(fixture, "a start that succeeds in the end is enough") {
  start({spec("a")});
  world->failing["a"] = 2;
  tell("a", "throw");
  CHECK(whereis("a"));
  CHECK(children().front().restarts == 3);
}

TEST_CASE_METHOD(fixture, "the supervisor answers between two attempts") {
  start({spec("a"), spec("b")}, {.intensity = 1'000'000});
  world->failing["b"] = 1'000'000;
  caf::anon_send(whereis("b"), std::string{"throw"});
  while (whereis("b"))
    REQUIRE(step());
  auto response = self->request(root, caf::infinite, atom::which_children_v);
  for (auto i = 0; self->mailbox().empty(); ++i) {
    REQUIRE(i < 100);
    REQUIRE(step());
  }
  response.receive(
    [](const std::vector<otp::child_info>& xs) {
      REQUIRE(xs.size() == 2);
      CHECK(xs.front().id == "b");
      CHECK(xs.front().ptr == nullptr);
      CHECK(xs.back().ptr != nullptr);
    },
    [](const caf::error& err) { FAIL(describe(err)); });
  CHECK(world->failing["b"] > 0);
  world->failing["b"] = 0;
  run();
  CHECK(whereis("b"));
}

TEST_CASE_METHOD(fixture, "a shutdown between two attempts ends them") {
  start({spec("a"), spec("b")}, {.intensity = 1'000'000});
  world->failing["b"] = 1'000'000;
  caf::anon_send(whereis("b"), std::string{"throw"});
  while (whereis("b"))
    REQUIRE(step());
  end_watch end{root};
  stop();
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
  CHECK(world->failing["b"] > 999'000);
  CHECK(running() == 0);
}

// -- awaiting -----------------------------------------------------------------

TEST_CASE_METHOD(fixture, "await returns the child that runs") {
  start({spec("a")});
  CHECK(caf::actor_cast<caf::actor>(
          call<caf::strong_actor_ptr>(root, atom::await_v, std::string{"a"}))
        == whereis("a"));
}

TEST_CASE_METHOD(fixture, "await of an unknown id fails") {
  start({spec("a"), spec("t", restart::temporary)});
  auto await = [this](std::string id) {
    return try_call<caf::strong_actor_ptr>(root, atom::await_v, std::move(id));
  };
  CHECK(await("b").error() == ec::no_such_child);
  tell("t", "quit");
  CHECK(await("t").error() == ec::no_such_child);
}

TEST_CASE_METHOD(fixture, "await of a child that is not restarted fails") {
  start({spec("a", restart::transient)});
  tell("a", "quit");
  auto result = try_call<caf::strong_actor_ptr>(root, atom::await_v,
                                                std::string{"a"});
  CHECK(result.error() == ec::no_such_child);
}

TEST_CASE_METHOD(fixture, "await waits for a restart") {
  start({spec("a")}, {.intensity = 1'000'000});
  world->failing["a"] = 1'000'000;
  caf::anon_send(whereis("a"), std::string{"throw"});
  while (whereis("a"))
    REQUIRE(step());
  caf::actor found;
  caf::anon_send(root, atom::await_v, std::string{"a"},
                 completion<caf::strong_actor_ptr>::make(
                   [&](caf::expected<caf::strong_actor_ptr> x) {
                     REQUIRE(x);
                     found = caf::actor_cast<caf::actor>(*x);
                   }));
  auto response = self->request(root, caf::infinite, atom::await_v,
                                std::string{"a"});
  for (auto i = 0; i < 20; ++i)
    step();
  CHECK_FALSE(found);
  CHECK(self->mailbox().empty());
  world->failing["a"] = 0;
  run();
  CHECK(found);
  CHECK(found == whereis("a"));
  response.receive(
    [&](const caf::strong_actor_ptr& x) {
      CHECK(caf::actor_cast<caf::actor>(x) == found);
    },
    [](const caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(fixture, "who awaits a child hears of the shutdown") {
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    start({spec("a")}, {.intensity = 1'000'000});
    world->failing["a"] = 1'000'000;
    caf::anon_send(whereis("a"), std::string{"throw"});
    while (whereis("a"))
      REQUIRE(step());
    caf::error heard;
    caf::anon_send(root, atom::await_v, std::string{"a"},
                   completion<caf::strong_actor_ptr>::make(
                     [&](const caf::expected<caf::strong_actor_ptr>& x) {
                       heard = x.error();
                     }));
    auto response = self->request(root, caf::infinite, atom::await_v,
                                  std::string{"a"});
    for (auto i = 0; i < 20; ++i)
      step();
    kill(root, reason);
    CHECK(heard == ec::shutting_down);
    response.receive([](const caf::strong_actor_ptr&) { FAIL("no child"); },
                     [](const caf::error& err) {
                       CHECK(err == ec::shutting_down);
                     });
    world->failing["a"] = 0;
  }
}
