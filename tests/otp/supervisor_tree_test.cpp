// Supervisors below supervisors, and what is left behind.

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

namespace {

class nested_fixture : public otp_fixture {
public:
  otp::child_spec nested(const std::string& id,
                         std::vector<otp::child_spec> children,
                         restart policy = restart::permanent) {
    auto init = [=](caf::local_actor*) -> otp::supervisor_init {
      return {{}, {}, children};
    };
    return otp::supervisor_spec(id, names.writer(), init, policy);
  }
};

} // namespace

TEST_CASE_METHOD(nested_fixture, "a tree stops depth first, right to left") {
  start({spec("a"), nested("n", {spec("b"), spec("c")}), spec("d")});
  CHECK(trace() == strings{"+a", "+b", "+c", "+d"});
  stop();
  CHECK(trace() == strings{"-d", "-c", "-b", "-a"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(nested_fixture, "a nested supervisor that gives up is "
                                 "restarted with all its children") {
  start({spec("a"), nested("n", {spec("b"), spec("c")})});
  auto old = whereis("n");
  for (auto i = 0; i < 3; ++i)
    tell("b", "throw");
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "-c", "+b", "+c"});
  CHECK(whereis("n") != old);
  CHECK(whereis("b"));
  stop();
  CHECK(running() == 0);
}

TEST_CASE_METHOD(nested_fixture, "a transient nested supervisor that gives up "
                                 "stays down") {
  start({spec("a"), nested("n", {spec("b")}, restart::transient)});
  for (auto i = 0; i < 4; ++i)
    tell("b", "throw");
  CHECK_FALSE(whereis("n"));
  CHECK_FALSE(whereis("b"));
  CHECK(whereis("a"));
}

TEST_CASE_METHOD(nested_fixture, "a killed nested supervisor is restarted and "
                                 "its children are its own") {
  start({spec("a"), nested("n", {spec("b"), spec("c")})});
  auto old = whereis("b");
  trace();
  kill(whereis("n"));
  auto what = trace();
  std::sort(what.begin(), what.end());
  CHECK(what == strings{"+b", "+c", "-b", "-c"});
  REQUIRE(whereis("b"));
  CHECK(whereis("b") != old);
  CHECK(call<std::string>(whereis("b"), std::string{"who?"}) == "b");
}

TEST_CASE_METHOD(nested_fixture, "killing the root kills the whole tree") {
  world->stubborn = {"b", "c"};
  start({nested("n", {nested("m", {spec("b")}), spec("c")}), spec("a")});
  CHECK(running() == 6);
  kill(root);
  CHECK(running() == 0);
  CHECK(names.size() == 0);
}

TEST_CASE_METHOD(nested_fixture, "what a failed start had started ends before "
                                 "anything else is stopped") {
  world->failing["d"] = 1;
  world->stubborn = {"b", "c"};
  auto how = otp::shutdown{1s};
  auto result = try_start(
    {spec("a"),
     nested("n", {spec("b", {}, how), spec("c", {}, how), spec("d")})});
  REQUIRE_FALSE(result);
  run();
  CHECK(trace() == strings{"+a", "+b", "+c", "!d"});
  advance(1s);
  CHECK(trace() == strings{"-c"});
  advance(1s);
  CHECK(trace() == strings{"-b", "-a"});
  CHECK(running() == 0);
}

TEST_CASE_METHOD(nested_fixture,
                 "a nested supervisor is not tried again before "
                 "what it had started has ended") {
  start({nested("n", {spec("b"), spec("c")})});
  world->failing["c"] = 1;
  trace();
  kill(whereis("n"));
  auto what = trace();
  std::sort(what.begin(), what.begin() + 2); // they are killed, nobody waits
  CHECK(what == strings{"-b", "-c", "+b", "!c", "-b", "+b", "+c"});
  CHECK(children().front().restarts == 2);
}

TEST_CASE_METHOD(nested_fixture, "a nested child that does not start stops the "
                                 "whole start") {
  world->failing["c"] = 1;
  auto result
    = try_start({spec("a"), nested("n", {spec("b"), spec("c")}), spec("d")});
  REQUIRE_FALSE(result);
  CHECK_THAT(describe(result.error()), Catch::Contains("cannot start n")
                                         && Catch::Contains("cannot start c"));
  run();
  CHECK(running() == 0);
  CHECK(names.size() == 0);
}

// -- what is left behind ------------------------------------------------------

TEST_CASE_METHOD(nested_fixture, "a tree that stopped leaves no actor in "
                                 "memory") {
  std::vector<caf::actor_addr> actors;
  start({spec("a"), nested("n", {spec("b")}), spec("c")});
  tell("c", "throw");
  actors.push_back(root.address());
  for (const auto* id : {"a", "n", "b", "c"})
    actors.push_back(whereis(id).address());
  SECTION("in order") {
    stop();
  }
  SECTION("by a kill") {
    kill(root);
  }
  root = nullptr;
  advance(1min); // a deadline that is pending keeps its supervisor
  for (auto& x : actors)
    CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(x));
}

TEST_CASE_METHOD(nested_fixture, "a tree that did not start leaves no actor in "
                                 "memory") {
  std::vector<caf::actor_addr> actors;
  auto keep = [&](caf::local_actor* parent) -> caf::expected<otp::child> {
    actors.push_back(parent->address());
    auto result = otp::start<child_state>(parent, "b", world);
    if (result)
      actors.push_back(caf::actor_cast<caf::actor_addr>(result->ptr));
    return result;
  };
  world->failing["c"] = 1;
  auto result = try_start({nested("n", {{"b", keep}, spec("c")})});
  REQUIRE_FALSE(result);
  run();
  advance(1min); // deadlines of a shutdown are pending
  REQUIRE(actors.size() == 2);
  for (auto& x : actors)
    CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(x));
}

TEST_CASE_METHOD(otp_fixture, "a name has one child, whoever supervises it") {
  start({spec("a")});
  auto first = whereis("a");
  trace();
  auto second = try_start({spec("b"), spec("a")});
  CHECK(second.error() == ec::start_failed);
  CHECK_THAT(describe(second.error()), Catch::Contains("name_taken"));
  run();
  CHECK(trace() == strings{"+b", "-b"}); // the other one was not even started
  CHECK(whereis("a") == first);
  second = try_start({});
  REQUIRE(second);
  auto late = try_call<otp::child>(*second, atom::start_child_v, spec("a"));
  CHECK(late.error() == ec::name_taken);
  tell("a", "throw");
  CHECK(whereis("a"));
  stop();
  CHECK(try_call<otp::child>(*second, atom::start_child_v, spec("a")));
  kill(*second);
}

TEST_CASE_METHOD(otp_fixture, "a child whose name is taken meanwhile is "
                              "stopped") {
  start({spec("a"), spec("x")});
  auto other = whereis("x");
  auto slow = spec("b");
  slow.start = [this, other, start = slow.start](caf::local_actor* parent) {
    auto result = start(parent);
    names.insert({"b", caf::actor_cast<caf::strong_actor_ptr>(other)});
    return result;
  };
  trace();
  auto answer = try_call<otp::child>(root, atom::start_child_v, slow);
  CHECK(answer.error() == ec::name_taken);
  CHECK(trace() == strings{"+b", "-b"});
  CHECK(ids() == strings{"x", "a"});
  CHECK(whereis("b") == other);
  names.erase("b");
}
