// Windows, logs and filters.

#include "actors/otp/event_filter.hpp"

#include "tests/otp/event_manager_fixture.hpp"

using namespace kv;
using namespace std::chrono_literals;
using test::handler_exit;
using test::listener;
using test::strings;

namespace {

using fixture = test::event_fixture;

/// Accepts events that are this text.
otp::event_filter only(const std::string& text) {
  return otp::accepts<std::string>(
    [text](const std::string& x) { return x == text; });
}

} // namespace

// -- windows ------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "no more events than its window wait in a handler's "
                          "mailbox") {
  start_with_log(100);
  auto slow = add_listener({.window = 2});
  for (auto i = 0; i < 5; ++i)
    notify("x");
  CHECK(words(slow) == strings{"1", "2"});
  ack(slow.hdl(), 2);
  CHECK(words(slow) == strings{"3"});
  ack(slow.hdl(), 1);
  ack(slow.hdl(), 3);
  CHECK(words(slow) == strings{"4", "5"});
}

TEST_CASE_METHOD(fixture, "what a handler has not been told yet is waited for, "
                          "too") {
  start_with_log(100);
  auto slow = add_listener({.window = 1});
  add("b");
  for (uint64_t n = 1; n <= 3; ++n)
    sync_notify(n * 10, "x");
  ack(slow.hdl(), 1);
  CHECK(told() == numbers{10});
  ack(slow.hdl(), 2);
  ack(slow.hdl(), 3);
  CHECK(told() == numbers{20, 30});
}

TEST_CASE_METHOD(fixture, "what does not fit the log is lost and said to be") {
  start_with_log(3);
  auto slow = add_listener({.window = 1});
  auto good = add("b");
  for (uint64_t n = 1; n <= 3; ++n)
    sync_notify(n, "x");
  CHECK(told().empty());
  for (uint64_t n = 4; n <= 20; ++n)
    notify("x");
  CHECK(told() == numbers{2, 3}); // nobody waits for what is lost
  CHECK(words(slow) == strings{"1"});
  ack(slow.hdl(), 1);
  CHECK(told() == numbers{1});
  CHECK(words(slow) == strings{"lost 2-16", "17"});
  for (uint64_t n = 17; n <= 20; ++n)
    ack(slow.hdl(), n);
  CHECK(words(slow) == strings{"18", "19", "20"});
  CHECK(trace().size() == 20); // the other one lost nothing
}

TEST_CASE_METHOD(fixture, "a handler may be removed rather than lose events") {
  start_with_log(2);
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto slow = add_listener(
    {.owner = owner.hdl(), .window = 1, .remove_when_full = true});
  for (auto i = 0; i < 3; ++i)
    notify("x");
  CHECK(handlers().size() == 1);
  notify("x");
  CHECK(handlers().empty());
  CHECK(handler_exit(owner, slow.hdl()) == ec::overloaded);
}

TEST_CASE_METHOD(fixture, "a late handler with a window catches up and counts "
                          "again") {
  start_with_log(100);
  auto slow = add_listener({.window = 1});
  sync_notify(1, "x");
  sync_notify(2, "x");
  advance(deadline);
  CHECK(told() == numbers{1, 2});
  sync_notify(3, "x");
  CHECK(told() == numbers{3});
  for (uint64_t n = 1; n <= 3; ++n)
    ack(slow.hdl(), n);
  sync_notify(4, "x");
  CHECK(told().empty());
  ack(slow.hdl(), 4);
  CHECK(told() == numbers{4});
}

TEST_CASE_METHOD(fixture, "a stuck handler costs a bounded number of events") {
  start_with_log(10);
  auto stuck = add_listener({.window = 5});
  constexpr auto n = 100'000;
  for (auto i = 0; i < n; ++i) {
    caf::anon_send(manager, atom::notify_v,
                   caf::make_message(std::string{"x"}));
    if (i % 1000 == 0)
      run();
  }
  run();
  CHECK(stuck.got().size() == 5);
  ack(stuck.hdl(), 1);
  CHECK(words(stuck).back() == "99991");
}

// -- logs ---------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a handler may start from an event that is past") {
  start_with_log(3);
  for (auto i = 0; i < 5; ++i)
    notify("x");
  auto all = add_listener({.from = 1});
  CHECK(words(all) == strings{"lost 1-2", "3", "4", "5"});
  auto some = add_listener({.from = 4});
  CHECK(words(some) == strings{"4", "5"});
  auto none = add_listener({});
  auto next = add_listener({.from = 6});
  notify("x");
  CHECK(words(none) == strings{"6"});
  CHECK(words(next) == strings{"6"});
  // Nobody waits for what is past.
  sync_notify(1, "x");
  for (auto* x : {&all, &some, &none, &next})
    ack(x->hdl(), 7);
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "who wants to start ahead of all events is refused") {
  notify("x");
  auto hdl = spawn_handler("a");
  auto answer = try_call<caf::ok_atom>(manager, atom::add_handler_v, hdl,
                                       otp::handler_options{.from = 3});
  CHECK(answer.error() == ec::badarg); // these are another manager's numbers
  CHECK_THAT(describe(answer.error()), Catch::Contains("the next one is 2"));
  CHECK(handlers().empty());
}

// -- filters ------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "a handler is told only what its filter accepts") {
  add_with("a", {.filter = only("x")});
  add("b");
  sync_notify(1, "x");
  sync_notify(2, "y");
  CHECK(trace() == strings{"a:x", "b:x", "b:y"});
  CHECK(told() == numbers{1, 2});
}

TEST_CASE_METHOD(fixture, "what a filter refuses is not lost") {
  start_with_log(1);
  auto slow = add_listener({.window = 1, .filter = only("x")});
  notify("x");
  for (auto i = 0; i < 5; ++i)
    notify("y");
  ack(slow.hdl(), 1);
  notify("x");
  CHECK(words(slow) == strings{"1", "7"});
}

TEST_CASE_METHOD(fixture, "a filter that throws removes its handler only") {
  listener owner{sys};
  spawned.push_back(owner.hdl());
  auto a = add_with("a", {.owner = owner.hdl(),
                          .filter = [](const caf::message&) -> bool {
                            throw std::runtime_error("bad filter");
                          }});
  auto b = add("b");
  sync_notify(1, "x");
  CHECK(told() == numbers{1});
  CHECK(handlers() == std::vector{b});
  CHECK_THAT(describe(handler_exit(owner, a)), Catch::Contains("bad filter"));
}

TEST_CASE_METHOD(fixture, "options survive the manager") {
  add_with("a", {.filter = only("x")});
  kill(manager);
  start_manager();
  notify("x");
  notify("y");
  CHECK(trace() == strings{"a:x"});
}

TEST_CASE_METHOD(fixture, "filters by kind and by name") {
  auto created = add_listener({.filter = otp::of_kind(atom::create_v)});
  auto shops = add_listener({.filter = otp::named("shop*")});
  auto both = add_listener(
    {.filter = otp::both(otp::of_kind(atom::create_v), otp::named("[a-m]*"))});
  auto tell = [this](auto... xs) {
    caf::anon_send(manager, atom::notify_v, caf::make_message(xs...));
    run();
  };
  tell(atom::create_v, std::string{"shopping"}, 1); // 1
  tell(atom::erase_v, std::string{"shopping"});     // 2
  tell(atom::create_v, std::string{"list"});        // 3
  tell(atom::create_v);                             // 4
  tell(7, std::string{"shop"});                     // 5
  tell();                                           // 6
  auto numbers_of = [](listener& x) {
    numbers result;
    for (auto& msg : x.take())
      result.push_back(msg.get_as<uint64_t>(1));
    return result;
  };
  CHECK(numbers_of(created) == numbers{1, 3, 4});
  CHECK(numbers_of(shops) == numbers{1, 2, 5});
  CHECK(numbers_of(both) == numbers{3});
}

TEST_CASE_METHOD(fixture, "a filter is asked once for each event") {
  start_with_log(100);
  auto asked = std::make_shared<int>(0);
  auto slow = add_listener({.window = 1, .filter = [asked](auto&) {
                              return ++*asked % 2 == 1; // odd ones
                            }});
  for (uint64_t n = 1; n <= 5; ++n)
    sync_notify(n, "x");
  CHECK(*asked == 5);
  CHECK(told() == numbers{2, 4});
  for (uint64_t n : {1, 3, 5})
    ack(slow.hdl(), n);
  CHECK(words(slow) == strings{"1", "3", "5"});
  CHECK(told() == numbers{1, 3, 5});
  CHECK(*asked == 5);
}

TEST_CASE_METHOD(fixture, "what somebody waits for is not lost before its "
                          "handler is late") {
  start_with_log(2);
  auto slow = add_listener({.window = 1});
  for (uint64_t n = 1; n <= 50; ++n)
    sync_notify(n, "x");
  CHECK(told().empty());
  for (uint64_t n = 1; n <= 50; ++n)
    ack(slow.hdl(), n);
  CHECK(words(slow).size() == 50);
  CHECK(told().size() == 50);
  for (uint64_t n = 51; n <= 60; ++n)
    sync_notify(n, "x");
  advance(deadline); // now nobody waits
  CHECK(told().size() == 10);
  ack(slow.hdl(), 51);
  CHECK(words(slow) == strings{"51", "lost 52-58", "59"});
}
