// More messages to a manager than its mailbox has room for.

#include "tests/otp/event_manager_fixture.hpp"

#include <malloc.h>

using namespace kv;
using namespace std::chrono_literals;
using test::end_watch;
using test::listener;
using test::strings;

namespace {

class fixture : public test::event_fixture {
public:
  static constexpr uint32_t room = 3;

  fixture() {
    start_crowded();
  }

  ~fixture() {
    events.clear();
  }

  /// Starts another manager, over the same tables.
  void start_crowded(uint32_t limit = room) {
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    run();
    manager = sys.spawn<otp::state_actor<otp::event_manager_state>>(
      otp::event_manager_options{.handlers = table.writer(),
                                 .deadline = deadline,
                                 .history = 100,
                                 .events = events.writer(),
                                 .mailbox_limit = limit});
    run();
  }

  /// Sends so many events that nobody waits for; nobody has run yet.
  void flood(int count) {
    for (auto i = 0; i < count; ++i)
      caf::anon_send(manager, atom::notify_v,
                     caf::make_message(std::string{"x"}));
  }

  /// Returns whether a request is refused, at once.
  template <class... Ts>
  bool refuses(Ts... xs) {
    auto response = self->request(caf::actor_cast<caf::actor>(manager),
                                  caf::infinite, std::move(xs)...);
    REQUIRE_FALSE(self->mailbox().empty()); // nothing has run
    auto refused = false;
    response.receive([](caf::ok_atom) { FAIL("it was full"); },
                     [&](const caf::error& err) {
                       refused = err == ec::overloaded && retry_after(err);
                     });
    return refused;
  }

  ets::owner<otp::events_table> events;
};

} // namespace

TEST_CASE_METHOD(fixture, "a manager that has too much to do says so") {
  auto a = add("a");
  auto b = spawn_handler("b");
  auto event = caf::make_message(std::string{"y"});
  flood(room);
  CHECK(refuses(atom::add_handler_v, b));
  CHECK(refuses(atom::add_handler_v, b, otp::handler_options{}));
  CHECK(refuses(atom::delete_handler_v, a));
  CHECK(refuses(atom::notify_v, event)); // as a request it wants an answer
  CHECK(refuses(atom::sync_notify_v, uint64_t{1}, event));
  std::vector<caf::error> failures;
  auto fail = [&](const auto& x) {
    failures.push_back(x ? caf::error{} : x.error());
  };
  caf::anon_send(manager, atom::add_handler_v, b,
                 completion<caf::unit_t>::make(fail));
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == ec::overloaded);
  run();
  CHECK(trace() == strings{"a:x", "a:x", "a:x"});
  call<caf::ok_atom>(manager, atom::add_handler_v, b); // there is room again
  CHECK(handlers().size() == 2);
}

TEST_CASE_METHOD(fixture, "a handler is not added too late") {
  std::vector<caf::error> failures;
  auto fail = [&](const auto& x) {
    failures.push_back(x ? caf::error{} : x.error());
  };
  caf::anon_send(manager, atom::add_handler_v, spawn_handler("a"),
                 completion<caf::unit_t>::make(fail, now() + 1s));
  advance_clock(1s);
  run();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == ec::timeout);
  CHECK(handlers().empty());
}

TEST_CASE_METHOD(fixture, "events that a manager has no room for are told as "
                          "lost") {
  auto ear = add_listener({});
  flood(room + 4);
  run();
  CHECK(words(ear) == strings{"1", "2", "3", "lost 4-7"});
  notify("x");
  CHECK(words(ear) == strings{"8"});
  flood(room + 1);
  run();
  CHECK(words(ear) == strings{"9", "10", "11", "lost 12-12"});
}

TEST_CASE_METHOD(fixture, "a loss is told in its place") {
  auto slow = add_listener({.window = 1});
  flood(room + 4);
  run();
  sync_notify(1, "x");
  CHECK(words(slow) == strings{"1"});
  ack(slow.hdl(), 1);
  ack(slow.hdl(), 2);
  CHECK(words(slow) == strings{"2", "3"});
  ack(slow.hdl(), 3); // nobody acknowledges a loss
  CHECK(words(slow) == strings{"lost 4-7", "8"});
  CHECK(told().empty());
  ack(slow.hdl(), 8);
  CHECK(told() == numbers{1});
}

TEST_CASE_METHOD(fixture, "who comes later hears of a loss, too") {
  flood(room + 4);
  run();
  notify("x");
  auto all = add_listener({.from = 1});
  CHECK(words(all) == strings{"1", "2", "3", "lost 4-7", "8"});
  auto within = add_listener({.from = 6});
  CHECK(words(within) == strings{"lost 4-7", "8"});
  auto behind = add_listener({.from = 8});
  CHECK(words(behind) == strings{"8"});
  auto next = add_listener({.from = 9});
  notify("x");
  CHECK(words(next) == strings{"9"});
}

TEST_CASE_METHOD(fixture, "a loss survives the manager") {
  auto ear = add_listener({.window = 1});
  flood(room + 4);
  run();
  notify("x");
  CHECK(words(ear) == strings{"1"});
  start_crowded();
  CHECK(words(ear) == strings{"replayed 1-1", "1"});
  for (uint64_t n = 1; n <= 3; ++n)
    ack(ear.hdl(), n);
  CHECK(words(ear) == strings{"2", "3", "lost 4-7", "8"});
  start_crowded();
  CHECK(words(ear) == strings{"replayed 8-8", "8"});
  ack(ear.hdl(), 8);
  notify("x");
  CHECK(words(ear) == strings{"9"});
}

TEST_CASE_METHOD(fixture, "a handler whose callback gets the events is told "
                          "of a loss") {
  auto ear = add_listener({.callback = [](uint64_t, const caf::message&) {}});
  flood(room + 2);
  run();
  CHECK(words(ear) == strings{"lost 4-5"});
}

TEST_CASE_METHOD(fixture, "what somebody waits for and acknowledgements find "
                          "room") {
  auto slow = add_listener({});
  flood(room);
  sync_notify(1, "x"); // 4
  CHECK(words(slow) == strings{"1", "2", "3", "4"});
  flood(room);
  auto acknowledge = [&](uint64_t n) {
    otp::send(test::as_self(slow.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::ack_v, n));
  };
  for (uint64_t n = 1; n <= 4; ++n)
    acknowledge(n);
  run();
  CHECK(told() == numbers{1});
  flood(room);
  end_watch end{manager};
  kill(manager);
  CHECK(end.ended());
}

TEST_CASE_METHOD(fixture, "a flood of events costs a manager bounded memory") {
  constexpr auto limit = 10'000;
  start_crowded(limit);
  flood(limit);
  auto used = [] {
    auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  auto before = used();
  flood(100 * limit);
  CHECK(used() < before + 100'000);
  run();
  auto ear = add_listener({.from = limit});
  CHECK(words(ear)
        == strings{std::to_string(limit), "lost " + std::to_string(limit + 1)
                                            + "-"
                                            + std::to_string(101 * limit)});
}
