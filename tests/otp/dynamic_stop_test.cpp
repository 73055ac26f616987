// How dynamic children are stopped.

#include "tests/otp/dynamic_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using otp::start_result;
using test::child_state;
using test::end_watch;
using test::strings;

namespace {

using fixture = test::dynamic_fixture;

} // namespace

TEST_CASE_METHOD(fixture,
                 "a dynamic supervisor without children ends at once") {
  start_dynamic();
  end_watch end{dynamic};
  stop_dynamic();
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(fixture, "all children share one deadline and then are "
                          "killed") {
  world->stubborn = {"b", "c"};
  start_dynamic({.shutdown = {3s}});
  for (const auto* tag : {"a", "b", "c", "d"})
    start_child(tag);
  trace();
  end_watch end{dynamic};
  stop_dynamic();
  auto first = trace();
  std::sort(first.begin(), first.end());
  CHECK(first == strings{"-a", "-d"});
  advance(3s - 1ns);
  CHECK(trace().empty());
  CHECK_FALSE(end.ended());
  advance(1ns);
  auto rest = trace();
  std::sort(rest.begin(), rest.end());
  CHECK(rest == strings{"-b", "-c"});
  CHECK(end.reason() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(fixture, "a brutal shutdown of dynamic children kills them") {
  world->stubborn = {"a"};
  start_dynamic({.shutdown = otp::shutdown::brutal_kill()});
  end_watch child{start_child("a")};
  stop_dynamic();
  CHECK(child.reason() == caf::exit_reason::kill);
  CHECK(running() == 1);
}

TEST_CASE_METHOD(fixture, "an infinite shutdown of dynamic children waits") {
  world->stubborn = {"a"};
  start_dynamic({.shutdown = otp::shutdown::infinity()});
  auto a = start_child("a");
  end_watch end{dynamic};
  stop_dynamic();
  advance(240h);
  CHECK_FALSE(end.ended());
  kill(a);
  CHECK(end.ended());
}

TEST_CASE_METHOD(fixture, "nothing is started while the children are stopped") {
  world->stubborn = {"a"};
  start_dynamic({.shutdown = {3s}});
  start_child("a");
  stop_dynamic();
  trace();
  auto result = try_start_child("b", 9);
  CHECK(result.failure == ec::shutting_down);
  CHECK(result.ptr == nullptr);
  CHECK(trace().empty());
  advance(3s);
  CHECK(running() == 1);
}

TEST_CASE_METHOD(fixture, "a killed dynamic supervisor kills its children") {
  world->stubborn = {"a"};
  start_dynamic();
  auto a = start_child("a"); // who refers to a child does not keep it alive
  auto b = start_child("b");
  trace();
  end_watch end{a};
  kill(dynamic);
  CHECK(end.reason() == caf::exit_reason::kill);
  auto ended = trace();
  std::sort(ended.begin(), ended.end());
  CHECK(ended == strings{"-a", "-b"});
  CHECK(running() == 1);
}

TEST_CASE_METHOD(fixture, "a dynamic supervisor in a tree is restarted without "
                          "children") {
  otp::tagged_start_function f = [log = world](caf::local_actor* parent,
                                               const std::string& tag) {
    return otp::start<child_state>(parent, tag, log);
  };
  start({{"dynamic",
          otp::starts<otp::dynamic_supervisor_state>(
            f, otp::dynamic_options{.shutdown = {1s}}),
          {},
          otp::shutdown::infinity()}});
  auto hdl = [this] {
    return otp::whereis<otp::dynamic_supervisor_actor>(names.reader(),
                                                       "dynamic");
  };
  dynamic = hdl();
  start_child("a");
  kill(dynamic);
  REQUIRE(hdl());
  CHECK(hdl() != dynamic);
  dynamic = hdl();
  CHECK(tags().empty());
  start_child("b");
  trace();
  stop();
  CHECK(trace() == strings{"-b"});
  CHECK(running() == 1);
}

TEST_CASE_METHOD(fixture, "ten thousand children start and stop") {
  constexpr size_t n = 10'000;
  start_dynamic();
  for (uint64_t i = 0; i < n; ++i)
    send_start_child(i, std::to_string(i));
  run();
  CHECK(running() == n + 2);
  CHECK(children().size() == n);
  std::vector<bool> seen(n);
  for (auto& x : caller.take())
    seen.at(x.get_as<start_result>(1).ref) = true;
  CHECK(std::count(seen.begin(), seen.end(), true) == n);
  SECTION("in order") {
    stop_dynamic();
  }
  SECTION("by a kill") {
    kill(dynamic);
  }
  SECTION("one by one") {
    for (auto& x : children())
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    run();
    CHECK(tags().empty());
    stop_dynamic();
  }
  CHECK(running() == 1);
  CHECK(world->trace.size() == 2 * n);
}

TEST_CASE_METHOD(fixture, "a dynamic supervisor that ended leaves no actor in "
                          "memory") {
  start_dynamic();
  std::vector<caf::actor_addr> actors{dynamic.address()};
  for (const auto* tag : {"a", "b"})
    actors.push_back(start_child(tag).address());
  SECTION("in order") {
    stop_dynamic();
  }
  SECTION("by a kill") {
    kill(dynamic);
  }
  dynamic = nullptr;
  advance(1min);
  for (auto& x : actors)
    CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(x));
}
