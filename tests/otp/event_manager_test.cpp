// Telling events; see event_handlers_test.cpp and event_late_test.cpp too.

#include "actors/base/host_unit.hpp"

#include "tests/otp/event_manager_fixture.hpp"

using namespace kv;
using test::handler_exit;
using test::handler_script;
using test::listener;
using test::strings;

namespace {

using fixture = test::event_fixture;

} // namespace

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

TEST_CASE_METHOD(fixture, "a sync_notify may be a stage on the way to somebody "
                          "else") {
  add("a");
  auto last = sys.spawn(
    [] { return caf::behavior{[](atom::told, uint64_t n) { return n + 1; }}; });
  spawned.push_back(last);
  auto composed = last * caf::actor_cast<caf::actor>(manager);
  CHECK(call<uint64_t>(composed, atom::sync_notify_v, uint64_t{7},
                       caf::make_message(std::string{"x"}))
        == 8);
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

TEST_CASE_METHOD(fixture, "a thread that runs the manager in place runs no "
                          "handler and no owner") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto a = add_for("a", owner.hdl());
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(manager, atom::notify_v, caf::make_message(std::string{"x"}));
  unit.run();
  CHECK(trace().empty());
  run();
  CHECK(trace() == strings{"a:x"});
  unit.send(a, caf::exit_msg{self->address(), caf::exit_reason::kill});
  unit.run(); // the handler, and the manager in place
  CHECK(table.size() == 0);
  CHECK(owner.got().empty());
  run();
  CHECK(handler_exit(owner, a) == caf::exit_reason::kill);
}

TEST_CASE_METHOD(fixture, "many events and many handlers") {
  for (auto i = 0; i < 100; ++i)
    add(std::to_string(i));
  for (uint64_t n = 1; n <= 100; ++n)
    sync_notify(n, "x");
  CHECK(told().size() == 100);
  CHECK(trace().size() == 10'000);
}
