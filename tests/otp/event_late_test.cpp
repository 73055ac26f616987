// Handlers that are late, and managers that are new.

#include "tests/otp/event_manager_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using test::handler_exit;
using test::handler_script;
using test::listener;
using test::strings;

namespace {

using fixture = test::event_fixture;

} // namespace

TEST_CASE_METHOD(fixture, "a late handler costs one deadline, once") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  auto b = add("b");
  sync_notify(1, "x");
  advance(deadline - 1ns);
  CHECK(told().empty());
  advance(1ns);
  CHECK(told() == numbers{1});
  trace();
  // Now it is told asynchronously, and loses nothing.
  sync_notify(2, "y");
  CHECK(told() == numbers{2});
  CHECK(trace() == strings{"a:y", "b:y"});
  CHECK(handlers() == std::vector{b, a});
  // It catches up: what it acknowledges now answers nobody twice.
  release(*slow);
  run();
  sync_notify(3, "z");
  CHECK(told() == numbers{3});
  release(*slow);
  release(*slow);
  run();
  CHECK(told().empty());
  // It counts again.
  sync_notify(4, "w");
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{4});
  // And may be late again.
  sync_notify(5, "v");
  advance(deadline);
  CHECK(told() == numbers{5});
}

TEST_CASE_METHOD(fixture, "a deadline counts from the event, not from an "
                          "earlier one") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  sync_notify(1, "x"); // the sweep is due at 5 s
  advance(1s);
  release(*slow);
  run();
  CHECK(told() == numbers{1});
  advance(3s);
  sync_notify(2, "y"); // told at 4 s, late at 9 s
  advance(deadline - 1ns);
  CHECK(told().empty());
  advance(1ns);
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture, "late handlers do not hold up one another") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  for (const auto* id : {"a", "b", "c"})
    add(id, slow);
  add("d");
  sync_notify(1, "x");
  advance(deadline);
  CHECK(told() == numbers{1});
  CHECK(handlers().size() == 4);
}

TEST_CASE_METHOD(fixture, "what a late handler acknowledges does not stand for "
                          "another") {
  auto late = std::make_shared<handler_script>();
  late->defers = true;
  add("a", late);
  sync_notify(1, "x");
  advance(deadline);
  CHECK(told() == numbers{1});
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  add("b", slow);
  sync_notify(2, "y");
  release(*late);
  release(*late);
  run();
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{2});
}

TEST_CASE_METHOD(fixture, "a late handler that ends answers nobody twice") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  auto prompt = std::make_shared<handler_script>();
  prompt->defers = true;
  add("b", prompt);
  sync_notify(1, "x");
  release(*prompt);
  advance(deadline);
  CHECK(told() == numbers{1});
  sync_notify(2, "y");
  kill(a);
  CHECK(told().empty());
  release(*prompt);
  run();
  CHECK(told() == numbers{2});
}

// -- a new manager over the same handlers -------------------------------------

TEST_CASE_METHOD(fixture, "a new manager tells the same handlers in the same "
                          "order") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  for (auto i = 0; i < 20; ++i)
    add(std::to_string(i));
  auto owned = add_for("owned", owner.hdl());
  call<caf::ok_atom>(manager, atom::delete_handler_v, handlers().back());
  auto before = handlers();
  notify("x");
  auto heard = trace();
  kill(manager);
  start_manager();
  CHECK(handlers() == before);
  notify("x");
  CHECK(trace() == heard);
  // One that is added now comes last.
  auto last = add("last");
  CHECK(handlers().front() == last);
  // Owners are known still.
  kill(owned);
  CHECK(handler_exit(owner, owned) == caf::exit_reason::kill);
  CHECK(handlers().size() == before.size());
}

TEST_CASE_METHOD(fixture, "a handler that died while there was no manager is "
                          "purged and its owner told") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  listener gone{sys};
  auto a = add_for("a", owner.hdl());
  auto b = add("b");
  auto c = add_for("c", gone.hdl());
  kill(manager);
  kill(a);
  kill(gone.hdl());
  start_manager();
  CHECK(handler_exit(owner, a) == caf::exit_reason::kill);
  CHECK(handlers() == std::vector{b});
  CHECK(table.size() == 1);
  trace();
  sync_notify(1, "x");
  CHECK(trace() == strings{"b:x"});
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "what a dead manager asked for is no business of the "
                          "new one") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  auto a = add("a", slow);
  sync_notify(1, "x");
  kill(manager);
  start_manager();
  sync_notify(2, "y");
  REQUIRE(slow->deferred.size() == 2);
  release(*slow);
  run();
  CHECK(told().empty());
  release(*slow);
  run();
  CHECK(told() == numbers{2});
}
