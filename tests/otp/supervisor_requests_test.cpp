// What one can ask of a supervisor while it runs.

#include "actors/otp/supervisor.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::child_status;
using otp::restart;
using test::end_watch;
using test::otp_fixture;
using test::strings;

namespace {

class fixture : public otp_fixture {
public:
  caf::expected<otp::child> start_child(otp::child_spec x) {
    return try_call<otp::child>(root, atom::start_child_v, std::move(x));
  }

  caf::error terminate(const std::string& id) {
    return error_of(ask<caf::ok_atom>(atom::terminate_child_v, id));
  }

  caf::error restart_child(const std::string& id) {
    return error_of(ask<otp::child>(atom::restart_child_v, id));
  }

  caf::error erase(const std::string& id) {
    return error_of(ask<caf::ok_atom>(atom::delete_child_v, id));
  }

  /// Lets `id` end and fail to start again, for ever.
  void keep_failing(const std::string& id) {
    world->failing[id] = 1'000'000;
    caf::anon_send(whereis(id), std::string{"throw"});
    while (whereis(id))
      REQUIRE(step());
  }

private:
  template <class T>
  static caf::error error_of(const caf::expected<T>& x) {
    return x ? caf::error{} : x.error();
  }
};

const otp::supervisor_flags patient{.intensity = 1'000'000};

} // namespace

TEST_CASE_METHOD(fixture, "a child that is started on request comes last") {
  start({spec("a")});
  auto started = start_child(spec("b"));
  REQUIRE(started);
  CHECK(caf::actor_cast<caf::actor>(started->ptr) == whereis("b"));
  CHECK(ids() == strings{"b", "a"});
  trace();
  tell("b", "throw");
  CHECK(trace() == strings{"-b", "+b"});
  stop();
  CHECK(trace() == strings{"-b", "-a"});
}

TEST_CASE_METHOD(fixture, "an id is taken while its spec is there") {
  start({spec("a", restart::transient), spec("t", restart::temporary)});
  auto running_one = start_child(spec("a"));
  CHECK(running_one.error() == ec::already_started);
  CHECK(running_one.error().context().get_as<caf::strong_actor_ptr>(0)
        == caf::actor_cast<caf::strong_actor_ptr>(whereis("a")));
  tell("a", "quit");
  CHECK(start_child(spec("a")).error() == ec::already_present);
  tell("t", "quit");
  CHECK(start_child(spec("t")));
}

TEST_CASE_METHOD(fixture, "a start on request that fails leaves nothing") {
  start({spec("a")});
  world->failing["b"] = 1;
  auto started = start_child(spec("b"));
  CHECK(started.error() == ec::crashed);
  CHECK_THAT(describe(started.error()), Catch::Contains("b does not start"));
  CHECK(ids() == strings{"a"});
  CHECK(start_child(spec("b")));
  CHECK(start_child({"no function"}).error() == ec::badarg);
}

TEST_CASE_METHOD(fixture, "what a start says goes to who asked for it") {
  start({});
  auto f = [log = world](caf::local_actor* parent) {
    auto result = otp::start<test::child_state>(parent, "a", log);
    result->info = caf::make_message(42);
    return result;
  };
  auto started = start_child({"a", f});
  REQUIRE(started);
  CHECK(started->info.get_as<int>(0) == 42);
  auto declined
    = start_child({"b", [](caf::local_actor*) {
                     return caf::expected<otp::child>{otp::child::ignore()};
                   }});
  REQUIRE(declined);
  CHECK(declined->ignored);
  CHECK(ids() == strings{"b", "a"});
}

TEST_CASE_METHOD(fixture, "a supervisor that does not start on request is gone "
                          "when the answer comes") {
  start({});
  world->failing["c"] = 1;
  world->stubborn = {"b"};
  auto init = [this](caf::local_actor*) -> otp::supervisor_init {
    return {{}, {}, {spec("b", {}, otp::shutdown{1s}), spec("c")}};
  };
  auto response
    = self->request(root, caf::infinite, atom::start_child_v,
                    otp::supervisor_spec("n", names.writer(), init));
  run();
  CHECK(self->mailbox().empty());
  CHECK(running() == 3);
  advance(1s);
  CHECK(running() == 1);
  response.receive([](const otp::child&) { FAIL("it runs"); },
                   [](const caf::error& err) {
                     CHECK(err == ec::start_failed);
                   });
  CHECK(ids().empty());
}

TEST_CASE_METHOD(fixture, "a child is stopped, started again and deleted") {
  start({spec("a"), spec("b"), spec("t", restart::temporary)});
  trace();
  CHECK(terminate("a") == caf::none);
  CHECK(trace() == strings{"-a"});
  CHECK(children().back().status == child_status::stopped);
  CHECK(terminate("a") == caf::none); // twice is fine
  CHECK(terminate("t") == caf::none);
  CHECK(ids() == strings{"b", "a"});
  CHECK(terminate("t") == ec::no_such_child);
  trace();
  CHECK(restart_child("a") == caf::none);
  CHECK(trace() == strings{"+a"});
  CHECK(whereis("a"));
  CHECK(children().back().restarts == 0); // it counts for nothing
  CHECK(restart_child("a") == ec::running);
  CHECK(erase("a") == ec::running);
  CHECK(terminate("a") == caf::none);
  CHECK(erase("a") == caf::none);
  CHECK(ids() == strings{"b"});
  CHECK(erase("a") == ec::no_such_child);
  CHECK(restart_child("a") == ec::no_such_child);
}

TEST_CASE_METHOD(fixture, "a child that does not start on request stays "
                          "stopped") {
  start({spec("a")});
  CHECK(terminate("a") == caf::none);
  world->failing["a"] = 1;
  CHECK(restart_child("a") == ec::crashed);
  CHECK(children().front().status == child_status::stopped);
  CHECK(restart_child("a") == caf::none);
}

TEST_CASE_METHOD(fixture, "a child that is being restarted says so") {
  start({spec("a"), spec("b")}, patient);
  keep_failing("b");
  auto answer = [this](auto what) {
    auto response = self->request(root, caf::infinite, what, std::string{"b"});
    while (self->mailbox().empty())
      REQUIRE(step());
    caf::error result;
    response.receive([](caf::ok_atom) {},
                     [&](caf::error& err) { result = std::move(err); });
    return result;
  };
  CHECK(answer(atom::delete_child_v) == ec::restarting);
  auto left = world->failing["b"];
  CHECK(answer(atom::terminate_child_v) == caf::none); // ends the attempts
  run();
  CHECK(world->failing["b"] > left - 100);
  CHECK(children().front().status == child_status::stopped);
  world->failing["b"] = 0;
  CHECK(restart_child("b") == caf::none);
}

TEST_CASE_METHOD(fixture,
                 "to stop a child takes its deadline, and what changes "
                 "something waits for it") {
  world->stubborn = {"a"};
  start({spec("a", {}, otp::shutdown{2s}), spec("b")});
  trace();
  auto first = self->request(root, caf::infinite, atom::terminate_child_v,
                             std::string{"a"});
  auto second = self->request(root, caf::infinite, atom::restart_child_v,
                              std::string{"a"});
  run();
  CHECK(self->mailbox().empty());
  CHECK(ids() == strings{"b", "a"}); // this does not wait
  tell("b", "throw");
  CHECK(trace() == strings{"-b"});
  advance(2s);
  CHECK(trace() == strings{"-a", "+a", "+b"});
  first.receive([](caf::ok_atom) {},
                [](const caf::error& err) { FAIL(describe(err)); });
  second.receive([](const otp::child& x) { CHECK(x.ptr); },
                 [](const caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(fixture, "a shutdown answers all requests") {
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    world->stubborn = {"a"};
    start({spec("a", {}, otp::shutdown{2s}), spec("b")});
    auto first = self->request(root, caf::infinite, atom::terminate_child_v,
                               std::string{"a"});
    auto second = self->request(root, caf::infinite, atom::delete_child_v,
                                std::string{"b"});
    run();
    kill(root, reason);
    auto third = self->request(root, caf::infinite, atom::restart_child_v,
                               std::string{"a"});
    run();
    first.receive([](caf::ok_atom) { FAIL("not done"); },
                  [](const caf::error& err) {
                    CHECK(err == ec::shutting_down);
                  });
    second.receive([](caf::ok_atom) { FAIL("not done"); },
                   [](const caf::error& err) {
                     CHECK(err == ec::shutting_down);
                   });
    third.receive([](const otp::child&) { FAIL("not done"); },
                  [&](const caf::error& err) {
                    if (reason == caf::exit_reason::kill)
                      CHECK(err == caf::sec::request_receiver_down);
                    else
                      CHECK(err == ec::shutting_down);
                  });
    advance(2s);
    CHECK(running() == 0);
  }
}

TEST_CASE_METHOD(fixture, "specs and counts tell what there is") {
  auto init = [](caf::local_actor*) { return otp::supervisor_init{}; };
  start({spec("a", restart::transient, otp::shutdown{7s}),
         otp::supervisor_spec("n", names.writer(), init)});
  auto found = ask<otp::child_spec>(atom::get_child_spec_v, "a");
  REQUIRE(found);
  CHECK(found->id == "a");
  CHECK(found->restart == restart::transient);
  CHECK(found->shutdown.deadline == 7s);
  CHECK(ask<otp::child_spec>(atom::get_child_spec_v, "x").error()
        == ec::no_such_child);
  tell("a", "quit");
  auto x = counts();
  CHECK(x.specs == 2);
  CHECK(x.active == 1);
  CHECK(x.supervisors == 1);
  CHECK(x.workers == 1);
}
