#include "actors/otp/dynamic_supervisor.hpp"

#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using otp::start_result;
using test::as_self;
using test::child_state;
using test::end_watch;
using test::listener;
using test::otp_fixture;
using test::strings;

namespace {

class fixture : public otp_fixture {
public:
  ~fixture() {
    caf::anon_send_exit(caller.hdl(), caf::exit_reason::kill);
    caf::anon_send_exit(dynamic, caf::exit_reason::kill);
    dynamic = nullptr;
    run();
  }

  void start_dynamic(otp::shutdown how = {}) {
    start_dynamic(
      [log = world](caf::local_actor* parent, const std::string& tag) {
        return otp::start<child_state>(parent, tag, log);
      },
      how);
  }

  void start_dynamic(otp::tagged_start_function f, otp::shutdown how = {}) {
    dynamic = sys.spawn<otp::state_actor<otp::dynamic_supervisor_state>>(
      std::move(f), how);
    run();
  }

  /// Starts a child by request and returns what came of it.
  start_result try_start_child(std::string tag, uint64_t ref = 1) {
    auto response = self->request(dynamic, caf::infinite, atom::start_child_v,
                                  ref, std::move(tag));
    run();
    start_result result;
    response.receive([&](atom::started,
                         start_result& x) { result = std::move(x); },
                     [](const caf::error& err) { FAIL(describe(err)); });
    CHECK(result.ref == ref);
    return result;
  }

  /// Asks for a child by a plain message on behalf of `caller`.
  void send_start_child(uint64_t ref, std::string tag) {
    otp::send(as_self(caller.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(dynamic),
              caf::make_message(atom::start_child_v, ref, std::move(tag)));
  }

  caf::actor start_child(std::string tag) {
    auto result = try_start_child(std::move(tag));
    if (result.failure)
      FAIL(describe(result.failure));
    return caf::actor_cast<caf::actor>(result.ptr);
  }

  std::vector<caf::strong_actor_ptr> children() {
    return call<std::vector<caf::strong_actor_ptr>>(dynamic,
                                                    atom::which_children_v);
  }

  /// Returns what the children call themselves, sorted.
  strings tags() {
    strings result;
    for (auto& x : children())
      result.push_back(
        call<std::string>(caf::actor_cast<caf::actor>(x), std::string{"who?"}));
    std::sort(result.begin(), result.end());
    return result;
  }

  void stop_dynamic() {
    self->send_exit(dynamic, caf::exit_reason::user_shutdown);
    run();
  }

  otp::dynamic_supervisor_actor dynamic;
  listener caller{sys};
};

} // namespace

// -- starting -----------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a child is started on request") {
  start_dynamic();
  CHECK(tags().empty());
  auto a = start_child("a");
  CHECK(call<std::string>(a, std::string{"who?"}) == "a");
  start_child("b");
  start_child("b"); // tags are the caller's business
  CHECK(tags() == strings{"a", "b", "b"});
  auto counts = call<otp::child_counts>(dynamic, atom::count_children_v);
  CHECK(counts.specs == 3);
  CHECK(counts.active == 3);
}

TEST_CASE_METHOD(fixture, "a plain message is answered by a plain message with "
                          "its number") {
  start_dynamic();
  world->failing["c"] = 1;
  uint64_t n = 10;
  for (const auto* tag : {"a", "b", "c"})
    send_start_child(n++, tag);
  run();
  auto got = caller.take();
  REQUIRE(got.size() == 3);
  n = 10;
  for (auto& x : got) {
    REQUIRE(x.match_elements<atom::started, start_result>());
    auto& result = x.get_as<start_result>(1);
    CHECK(result.ref == n++);
    CHECK((result.ptr == nullptr) == (result.ref == 12));
    CHECK(static_cast<bool>(result.failure) == (result.ref == 12));
  }
}

TEST_CASE_METHOD(fixture, "a start that throws is answered with its text") {
  start_dynamic();
  world->failing["a"] = 1;
  auto result = try_start_child("a", 42);
  CHECK(result.failure == ec::crashed);
  CHECK_THAT(describe(result.failure), Catch::Contains("a does not start"));
  CHECK(result.ptr == nullptr);
  CHECK(tags().empty());
  start_child("a");
  CHECK(tags() == strings{"a"});
}

TEST_CASE_METHOD(fixture, "a start function may throw or return an error") {
  start_dynamic(
    [](caf::local_actor*, const std::string& tag) -> caf::expected<otp::child> {
      if (tag == "throw")
        throw std::runtime_error("no disk");
      if (tag == "nothing")
        return otp::child{};
      return caf::make_error(ec::badarg);
    });
  CHECK(try_start_child("throw").failure == ec::crashed);
  CHECK(try_start_child("return").failure == ec::badarg);
  CHECK(try_start_child("nothing").failure == ec::start_failed);
  CHECK(tags().empty());
}

TEST_CASE_METHOD(fixture, "what a start function says of its child reaches the "
                          "caller") {
  start_dynamic([this](caf::local_actor* parent, const std::string& tag) {
    auto result = otp::start<child_state>(parent, tag, world);
    result->info = caf::make_message(std::string{"info on " + tag});
    return result;
  });
  auto result = try_start_child("a");
  REQUIRE(result.info.match_elements<std::string>());
  CHECK(result.info.get_as<std::string>(0) == "info on a");
}

// -- ending -------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a child that ends leaves the list and is not "
                          "restarted") {
  start_dynamic();
  auto a = start_child("a");
  auto b = start_child("b");
  auto c = start_child("c");
  trace();
  caf::anon_send(a, std::string{"throw"});
  caf::anon_send(b, std::string{"quit"});
  run();
  CHECK(tags() == strings{"c"});
  kill(c);
  CHECK(tags().empty());
  CHECK(trace() == strings{"-a", "-b", "-c"});
}

TEST_CASE_METHOD(fixture, "a plain actor that CAF offers can be a dynamic "
                          "child") {
  start_dynamic(
    [this](caf::local_actor*, const std::string&) -> caf::expected<otp::child> {
      auto hdl = sys.spawn([](caf::event_based_actor*) {
        return caf::behavior{[](atom::get) {}};
      });
      return otp::child{caf::actor_cast<caf::strong_actor_ptr>(hdl)};
    });
  auto a = start_child("a");
  auto b = start_child("b");
  kill(a);
  REQUIRE(children().size() == 1);
  CHECK(b == children()[0]);
  stop_dynamic();
  CHECK(running() == 1); // the caller
}

TEST_CASE_METHOD(fixture, "any number of children may end") {
  start_dynamic();
  for (auto i = 0; i < 1000; ++i)
    kill(start_child("a"));
  CHECK(tags().empty());
  CHECK(running() == 2);
}

// -- stopping -----------------------------------------------------------------

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
  start_dynamic({3s});
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
  start_dynamic(otp::shutdown::brutal_kill());
  end_watch child{start_child("a")};
  stop_dynamic();
  CHECK(child.reason() == caf::exit_reason::kill);
  CHECK(running() == 1);
}

TEST_CASE_METHOD(fixture, "an infinite shutdown of dynamic children waits") {
  world->stubborn = {"a"};
  start_dynamic(otp::shutdown::infinity());
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
  start_dynamic({3s});
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
          otp::starts<otp::dynamic_supervisor_state>(f, otp::shutdown{1s}),
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
