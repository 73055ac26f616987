#include "tests/otp/dynamic_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using otp::restart;
using otp::start_result;
using test::child_state;
using test::end_watch;
using test::strings;

namespace {

using fixture = test::dynamic_fixture;

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

// -- limits and requests ------------------------------------------------------

TEST_CASE_METHOD(fixture, "there is room for so many children") {
  start_dynamic({.max_children = 2});
  auto a = start_child("a");
  start_child("b");
  CHECK(try_start_child("c").failure == ec::max_children);
  kill(a);
  start_child("c");
  CHECK(tags() == strings{"b", "c"});
}

TEST_CASE_METHOD(fixture, "one child is stopped within its deadline") {
  world->stubborn = {"b"};
  start_dynamic({.shutdown = {2s}});
  auto a = start_child("a");
  auto b = start_child("b");
  trace();
  auto ptr = [](auto& x) { return caf::actor_cast<caf::strong_actor_ptr>(x); };
  auto first = self->request(dynamic, caf::infinite, atom::terminate_child_v,
                             ptr(b));
  auto second = self->request(dynamic, caf::infinite, atom::terminate_child_v,
                              ptr(b));
  call<caf::ok_atom>(dynamic, atom::terminate_child_v, ptr(a));
  CHECK(trace() == strings{"-a"});
  advance(2s);
  CHECK(trace() == strings{"-b"});
  for (auto* x : {&first, &second})
    x->receive([](caf::ok_atom) {},
               [](const caf::error& err) { FAIL(describe(err)); });
  CHECK(try_call<caf::ok_atom>(dynamic, atom::terminate_child_v, ptr(a)).error()
        == ec::no_such_child);
  CHECK(try_call<caf::ok_atom>(dynamic, atom::terminate_child_v, caller.ptr())
          .error()
        == ec::no_such_child);
}

// -- restarting ---------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a permanent dynamic child is started again with its "
                          "tag") {
  start_dynamic({.restart = restart::permanent});
  auto a = start_child("a");
  trace();
  caf::anon_send(a, std::string{"quit"});
  run();
  CHECK(trace() == strings{"-a", "+a"});
  CHECK(tags() == strings{"a"});
  // One that is stopped on request is not.
  call<caf::ok_atom>(dynamic, atom::terminate_child_v, children()[0]);
  CHECK(tags().empty());
}

TEST_CASE_METHOD(fixture, "a transient dynamic child is started again after a "
                          "crash") {
  start_dynamic({.restart = restart::transient});
  auto a = start_child("a");
  caf::anon_send(a, std::string{"throw"});
  run();
  REQUIRE(tags() == strings{"a"});
  caf::anon_send(caf::actor_cast<caf::actor>(children()[0]),
                 std::string{"quit"});
  run();
  CHECK(tags().empty());
}

TEST_CASE_METHOD(fixture, "restarts of dynamic children are counted together, "
                          "attempts included") {
  start_dynamic({.restart = restart::permanent});
  auto a = start_child("a");
  auto b = start_child("b");
  end_watch end{dynamic};
  kill(b);
  world->failing["a"] = 1;
  kill(a);
  CHECK(tags() == strings{"a", "b"});
  CHECK_FALSE(end.ended());
  kill(caf::actor_cast<caf::actor>(children()[0]));
  CHECK(end.reason() == ec::max_restarts);
  CHECK(running() == 1); // the caller
}

TEST_CASE_METHOD(fixture, "crashes of dynamic children are recorded") {
  auto journal = std::make_shared<otp::crash_journal>();
  start_dynamic(otp::dynamic_options{.journal = journal});
  auto a = start_child("a");
  advance(3s);
  auto b = start_child("b");
  auto c = start_child("c");
  advance(4s);
  caf::anon_send(a, std::string{"throw"});
  caf::anon_send(b, std::string{"quit"});
  kill(c);
  run();
  auto ends = journal->last();
  REQUIRE(ends.size() == 2);
  CHECK(ends[1].who == "actor " + std::to_string(a.id()));
  CHECK(ends[1].reason == "crashed(\"told to\")");
  CHECK(ends[1].last_message == "@str");
  CHECK(ends[1].uptime == 7s);
  CHECK(ends[0].reason == "kill");
  CHECK(ends[0].uptime == 4s);
}

TEST_CASE_METHOD(fixture, "a dynamic child with backoff is restarted after its "
                          "wait") {
  auto journal = std::make_shared<otp::crash_journal>();
  start_dynamic({.restart = restart::permanent,
                 .intensity = 100,
                 .backoff = {.min = 1s, .max = 4s, .stable = 1min},
                 .journal = journal});
  start_child("a");
  auto crash = [this] {
    caf::anon_send(caf::actor_cast<caf::actor>(children().at(0)),
                   std::string{"throw"});
    run();
    trace();
  };
  for (auto wait : {1s, 2s, 4s, 4s}) {
    crash();
    advance(wait - 1ns);
    CHECK(trace().empty());
    advance(1ns);
    CHECK(trace() == strings{"+a"});
  }
  CHECK(journal->last()[0].restarts == 3);
  CHECK(journal->last()[0].uptime == 0s);
  advance(1min); // now it is stable
  crash();
  auto last = journal->last()[0];
  CHECK(last.who == "a");
  CHECK(last.restarts == 4);
  CHECK(last.uptime == 1min);
  // A start that fails waits, too.
  world->failing["a"] = 2;
  advance(1s);
  CHECK(trace() == strings{"!a"});
  CHECK(call<otp::child_counts>(dynamic, atom::count_children_v).specs == 1);
  advance(2s);
  CHECK(trace() == strings{"!a"});
  advance(4s - 1ns);
  CHECK(trace().empty());
  advance(1ns);
  CHECK(trace() == strings{"+a"});
  crash();
  stop_dynamic(); // who waits is not waited for
  CHECK(running() == 1);
  advance(1min);
  CHECK(trace().empty());
}
