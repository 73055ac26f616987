// Stopping: shutdown in order, deadlines, kills, and what goes with them.

#include "actors/ets/whereis.hpp"
#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::restart;
using test::child_state;
using test::end_watch;
using test::otp_fixture;
using test::strings;

TEST_CASE_METHOD(otp_fixture,
                 "a shutdown stops the children in reverse order") {
  start({spec("a"), spec("b"), spec("c")});
  trace();
  end_watch end{root};
  stop();
  CHECK(trace() == strings{"-c", "-b", "-a"});
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
  CHECK(names.size() == 0);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "children are stopped one at a time, each within "
                              "its own deadline") {
  world->stubborn = {"b", "c"};
  start({spec("a"), spec("b", {}, otp::shutdown{2s}),
         spec("c", {}, otp::shutdown{3s}), spec("d")});
  trace();
  end_watch end{root};
  stop();
  CHECK(trace() == strings{"-d"});
  advance(3s - 1ns);
  CHECK(trace().empty());
  advance(1ns);
  CHECK(trace() == strings{"-c"});
  CHECK(whereis("b"));
  CHECK_FALSE(whereis("c"));
  advance(2s - 1ns);
  CHECK(trace().empty());
  CHECK_FALSE(end.ended());
  advance(1ns);
  CHECK(trace() == strings{"-b", "-a"});
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(otp_fixture, "a brutal kill asks nobody") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b", {}, otp::shutdown::brutal_kill())});
  trace();
  end_watch child{whereis("b")};
  stop();
  CHECK(trace() == strings{"-b", "-a"});
  CHECK(child.reason() == caf::exit_reason::kill);
}

TEST_CASE_METHOD(otp_fixture, "an infinite shutdown waits without limit") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b", {}, otp::shutdown::infinity())});
  end_watch end{root};
  stop();
  trace();
  for (auto i = 0; i < 10; ++i)
    advance(240h);
  CHECK(trace().empty());
  tell("b", "quit");
  CHECK(trace() == strings{"-b", "-a"});
  CHECK(end.ended());
}

TEST_CASE_METHOD(otp_fixture, "the order stands when another child ends during "
                              "the shutdown") {
  world->stubborn = {"c"};
  start({spec("a"), spec("b"), spec("c", {}, otp::shutdown{2s})});
  trace();
  stop();
  advance(1s);
  tell("a", "throw");
  CHECK(trace() == strings{"-a"}); // not restarted, and b is not asked yet
  CHECK(whereis("b"));
  advance(1s);
  CHECK(trace() == strings{"-c", "-b"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a child is asked to end once") {
  auto asked = std::make_shared<int>(0);
  auto counting
    = [asked](caf::local_actor* parent) -> caf::expected<otp::child> {
    auto hdl = parent->home_system().spawn([=](caf::event_based_actor* me) {
      me->set_exit_handler([asked](caf::exit_msg&) { ++*asked; });
      return caf::behavior{[](atom::get) {}};
    });
    return otp::child{caf::actor_cast<caf::strong_actor_ptr>(hdl)};
  };
  start({spec("a"), spec("b"), {"c", counting, {}, otp::shutdown{2s}}});
  stop();
  stop();
  tell("a", "throw");
  tell("b", "quit");
  CHECK(*asked == 1);
  advance(2s);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "nothing is started during a shutdown") {
  world->stubborn = {"c"};
  start({spec("a"), spec("b", restart::transient), spec("c")});
  trace();
  stop();
  tell("a", "throw");
  tell("b", "throw");
  CHECK(trace() == strings{"-a", "-b"});
  auto result = try_call<caf::strong_actor_ptr>(root, atom::await_v,
                                                std::string{"c"});
  CHECK(result.error() == ec::shutting_down);
  advance(5s);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a shutdown overtakes the messages of a child") {
  start({spec("a")});
  self->send_exit(root, caf::exit_reason::user_shutdown);
  for (auto i = 0; i < 1000; ++i)
    caf::anon_send(whereis("a"), std::string{"who?"});
  auto steps = 0;
  while (running() > 0 && step())
    ++steps;
  CHECK(running() == 0);
  CHECK(steps < 1000);
}

TEST_CASE_METHOD(otp_fixture, "a killed supervisor takes its children along") {
  world->stubborn = {"b"};
  start({spec("a"), spec("b"), spec("c")});
  trace();
  auto a = whereis("a"); // who refers to a child does not keep it alive
  end_watch child{a};
  end_watch end{root, [this] { CHECK(names.size() == 0); }};
  kill(root);
  CHECK(child.reason() == caf::exit_reason::kill);
  CHECK(end.reason() == caf::exit_reason::kill);
  CHECK(trace() == strings{"-c", "-b", "-a"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a supervisor that crashes takes its children "
                              "along") {
  start({spec("a"), spec("b")});
  end_watch end{root};
  names.close(); // the restart cannot write the name
  caf::anon_send_exit(call<caf::strong_actor_ptr>(root, atom::await_v,
                                                  std::string{"b"}),
                      caf::exit_reason::kill);
  run();
  CHECK(end.reason() == ec::crashed);
  CHECK(running() == 0);
}

TEST_CASE_METHOD(otp_fixture, "a supervisor's tables are closed, and their "
                              "names free, when a monitor hears of its end") {
  using rows = ets::set<otp::name_entry, &otp::name_entry::name>;
  for (auto reason :
       {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    auto result = otp::start_root(
      sys, names.writer(), [this](caf::local_actor*) -> otp::supervisor_init {
        otp::supervisor_init init{{}, {}, {spec("a")}};
        init.tables.keep(ets::owner<rows>{{.name = "test.rows"}});
        return init;
      });
    REQUIRE(result);
    run();
    auto reader = ets::whereis<rows>("test.rows");
    CHECK(reader.is_open());
    end_watch end{*result, [&] {
                    CHECK_FALSE(reader.is_open());
                    CHECK_NOTHROW(ets::owner<rows>{{.name = "test.rows"}});
                  }};
    kill(*result, reason);
    CHECK(end.reason() == reason);
  }
}

TEST_CASE_METHOD(otp_fixture, "a supervisor's tables outlive its children") {
  using rows = ets::set<otp::name_entry, &otp::name_entry::name>;
  ets::reader<rows> reader;
  auto result = otp::start_root(
    sys, names.writer(), [&](caf::local_actor*) -> otp::supervisor_init {
      otp::supervisor_init init{{}, {}, {spec("a")}};
      auto& table = init.tables.keep(ets::owner<rows>{});
      table.insert({"x", nullptr});
      reader = table.reader();
      return init;
    });
  REQUIRE(result);
  root = *result;
  run();
  tell("a", "throw");
  CHECK(reader.size() == 1);
  end_watch child{whereis("a"), [&] { CHECK(reader.size() == 1); }};
  stop();
  CHECK(child.ended());
  CHECK_FALSE(reader.is_open());
}
