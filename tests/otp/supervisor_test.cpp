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

// -- starting -----------------------------------------------------------------

TEST_CASE_METHOD(otp_fixture,
                 "children start in order, before start_root returns") {
  auto result = try_start({spec("a"), spec("b"), spec("c")});
  REQUIRE(result);
  root = *result;
  CHECK(trace() == strings{"+a", "+b", "+c"});
  CHECK(whereis("c"));
}

TEST_CASE_METHOD(otp_fixture, "children are listed last started first") {
  start({spec("a"), spec("b"), spec("c")});
  CHECK(ids() == strings{"c", "b", "a"});
  for (auto& x : children()) {
    CHECK(caf::actor_cast<caf::actor>(x.ptr) == whereis(x.id));
    CHECK(x.restarts == 0);
  }
  CHECK(counts().specs == 3);
  CHECK(counts().active == 3);
}

TEST_CASE_METHOD(otp_fixture, "a supervisor may have no children") {
  start({});
  CHECK(ids().empty());
  end_watch end{root};
  stop();
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(otp_fixture, "a start that fails stops those before it") {
  world->failing["c"] = 1;
  auto result = try_start({spec("a"), spec("b"), spec("c"), spec("d")});
  REQUIRE_FALSE(result);
  CHECK(result.error() == ec::start_failed);
  CHECK_THAT(describe(result.error()), Catch::Contains("cannot start c")
                                         && Catch::Contains("does not start"));
  run();
  CHECK(trace() == strings{"+a", "+b", "!c", "-b", "-a"});
  CHECK(names.size() == 0);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a start that fails gives those before it their "
                              "time, one after the other") {
  world->failing["c"] = 1;
  world->stubborn = {"b"};
  auto result
    = try_start({spec("a"), spec("b", {}, otp::shutdown{2s}), spec("c")});
  REQUIRE_FALSE(result);
  run();
  CHECK(trace() == strings{"+a", "+b", "!c"});
  advance(2s);
  CHECK(trace() == strings{"-b", "-a"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a start function may decline") {
  auto decline = [](caf::local_actor*) -> caf::expected<otp::child> {
    return otp::child::ignore();
  };
  start({{"a", decline}, {"b", decline, restart::temporary}, spec("c")});
  CHECK(ids() == strings{"c", "a"});
  CHECK(children().back().status == otp::child_status::stopped);
  CHECK_FALSE(whereis("a"));
  stop();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "two children of one id are refused") {
  auto result = try_start({spec("a"), spec("b"), spec("a")});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("called a"));
  CHECK_FALSE(whereis("a"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "an init function that throws starts nothing") {
  auto result = otp::start_root(sys, names.writer(),
                                [](caf::local_actor*) -> otp::supervisor_init {
                                  throw std::runtime_error("no plan");
                                });
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("no plan"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a start function may return an error") {
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

TEST_CASE_METHOD(otp_fixture,
                 "a start function that gives no actor has failed") {
  auto nothing = [](caf::local_actor*) -> caf::expected<otp::child> {
    return otp::child{};
  };
  auto result = try_start({spec("a"), {"nothing", nothing}});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("cannot start nothing"));
  run();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a taken table name keeps the supervisor from "
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

TEST_CASE_METHOD(otp_fixture, "a permanent child is restarted and its name "
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

TEST_CASE_METHOD(otp_fixture, "a killed child is restarted") {
  start({spec("a")});
  auto old = whereis("a");
  kill(old);
  CHECK(whereis("a"));
  CHECK(whereis("a") != old);
}

TEST_CASE_METHOD(otp_fixture, "only the child that ended is restarted") {
  start({spec("a"), spec("b"), spec("c")});
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "+b"});
  CHECK(ids() == strings{"c", "b", "a"});
}

TEST_CASE_METHOD(otp_fixture,
                 "a transient child is restarted after a crash only") {
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

TEST_CASE_METHOD(otp_fixture, "a temporary child is forgotten when it ends") {
  start({spec("a"), spec("b", restart::temporary), spec("c")});
  tell("b", "throw");
  CHECK_FALSE(whereis("b"));
  CHECK(ids() == strings{"c", "a"});
  CHECK(counts().specs == 2);
  tell("a", "throw"); // its place is found all the same
  CHECK(whereis("a"));
}

TEST_CASE_METHOD(otp_fixture,
                 "an end without a restart does not count as one") {
  std::vector<otp::child_spec> specs{spec("a", restart::transient)};
  for (auto i = 0; i < 9; ++i)
    specs.push_back(spec("t" + std::to_string(i), restart::temporary));
  start(specs);
  for (auto i = 0; i < 9; ++i)
    tell("t" + std::to_string(i), "throw");
  tell("a", "quit");
  CHECK(ids() == strings{"a"});
}

TEST_CASE_METHOD(otp_fixture, "down messages of strangers change nothing") {
  start({spec("a")});
  auto old = whereis("a");
  caf::anon_send(caf::actor_cast<caf::actor>(root),
                 caf::down_msg{self->address(), {}});
  run();
  CHECK(whereis("a") == old);
  CHECK(counts().active == 1);
}

TEST_CASE_METHOD(otp_fixture, "a plain actor that CAF offers can be a child") {
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

TEST_CASE_METHOD(otp_fixture, "a child that has ended before it is watched is "
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

TEST_CASE_METHOD(otp_fixture,
                 "children are found wherever they have moved to") {
  constexpr size_t n = 100;
  std::vector<otp::child_spec> specs;
  strings left;
  for (size_t i = 0; i < n; ++i) {
    specs.push_back(spec("c" + std::to_string(i), restart::transient));
    left.insert(left.begin(), specs.back().id);
  }
  start(specs);
  for (size_t i = 0; i < n; ++i) {
    auto& id = specs[(i * 37) % n].id;
    tell(id, "throw");
    REQUIRE(whereis(id));
    tell(id, "quit");
    REQUIRE(ask<caf::ok_atom>(atom::delete_child_v, id));
    std::erase(left, id);
    REQUIRE(ids() == left);
    trace();
    advance(6s); // so that the intensity does not matter
  }
}
