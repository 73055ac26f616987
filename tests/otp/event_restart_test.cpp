// Events that survive their manager.

#include "tests/otp/event_manager_fixture.hpp"
#include "tests/support/seed.hpp"

#include <random>

using namespace kv;
using namespace std::chrono_literals;
using test::end_watch;
using test::handler_script;
using test::listener;
using test::strings;

namespace {

class fixture : public test::event_fixture {
public:
  fixture() {
    restart();
  }

  ~fixture() {
    events.clear();
  }

  /// Starts another manager over the same tables.
  void restart() {
    restart(history);
  }

  void restart(size_t keep, size_t backlog = 1000) {
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    run();
    start_again(keep, backlog);
    run();
  }

  /// The same, but nobody has run yet.
  void start_again(size_t keep = history, size_t backlog = 1000) {
    manager = sys.spawn<otp::state_actor<otp::event_manager_state>>(
      otp::event_manager_options{table.writer(), deadline, keep, backlog,
                                 events.writer()});
  }

  static constexpr size_t history = 10;

  ets::owner<otp::events_table> events;
};

} // namespace

TEST_CASE_METHOD(fixture, "numbers go on where the last manager stopped") {
  add("a");
  notify("x");
  notify("y");
  CHECK(events.size() == 2);
  restart(0);
  notify("z");
  CHECK(events.size() == 1); // for its number
  restart(0);
  auto b = add_listener({});
  notify("z");
  CHECK(words(b) == strings{"4"});
}

TEST_CASE_METHOD(fixture, "what may have been told is marked by every manager "
                          "that tells it") {
  auto slow = add_listener({.window = 2});
  notify("x");
  notify("y");
  CHECK(words(slow) == strings{"1", "2"});
  table.update(slow.hdl().id(), [](const otp::handler_entry& x) {
    auto narrow = x;
    narrow.options = std::make_shared<otp::handler_options>(
      otp::handler_options{.window = 1});
    return narrow;
  });
  restart();
  CHECK(words(slow) == strings{"replayed 1-2", "1"});
  restart();
  CHECK(words(slow) == strings{"replayed 1-2", "1"});
  ack(slow.hdl(), 1);
  CHECK(words(slow) == strings{"2"});
}

TEST_CASE_METHOD(fixture, "a handler may start from an event of a manager that "
                          "is gone") {
  for (auto i = 0; i < 5; ++i)
    notify("x");
  restart();
  auto all = add_listener({.from = 1});
  CHECK(words(all) == strings{"1", "2", "3", "4", "5"});
  for (auto i = 0; i < 8; ++i)
    notify("x");
  ack(all.hdl(), 1);
  for (uint64_t n = 2; n <= 13; ++n)
    ack(all.hdl(), n);
  restart();
  words(all);
  auto late = add_listener({.from = 2});
  CHECK(words(late).front() == "lost 2-3");
}

TEST_CASE_METHOD(fixture, "a new manager tells what the old one did not") {
  auto slow = add_listener({.window = 2});
  for (auto i = 0; i < 4; ++i)
    notify("x");
  CHECK(words(slow) == strings{"1", "2"});
  ack(slow.hdl(), 1);
  CHECK(words(slow) == strings{"3"});
  restart();
  CHECK(words(slow) == strings{"replayed 2-3", "2", "3"});
  ack(slow.hdl(), 2);
  CHECK(words(slow) == strings{"4"});
}

TEST_CASE_METHOD(fixture, "who has acknowledged everything is told nothing "
                          "again") {
  add("a");
  notify("x");
  notify("y");
  trace();
  restart();
  CHECK(trace().empty());
  notify("z");
  CHECK(trace() == strings{"a:z"});
}

TEST_CASE_METHOD(fixture, "what a dead manager could not keep is lost and said "
                          "to be") {
  restart(0, 2);
  auto slow = add_listener({.window = 1});
  for (auto i = 0; i < 6; ++i)
    notify("x");
  CHECK(words(slow) == strings{"1"});
  restart(0, 2);
  CHECK(words(slow) == strings{"lost 2-4", "5"});
  ack(slow.hdl(), 5);
  CHECK(words(slow) == strings{"6"});
}

TEST_CASE_METHOD(fixture, "a sync_notify that its manager did not survive is "
                          "repeated as the same event") {
  auto slow = std::make_shared<handler_script>();
  slow->defers = true;
  add("a", slow);
  add("b");
  sync_notify(7, "x");
  CHECK(trace() == strings{"a:x", "b:x"});
  restart();
  CHECK(trace() == strings{"a:x"}); // b has acknowledged it
  sync_notify(7, "x");
  CHECK(trace().empty());
  CHECK(told().empty());
  REQUIRE(slow->deferred.size() == 2);
  release(*slow, 1); // the new one's
  run();
  CHECK(told() == numbers{7});
  sync_notify(7, "x"); // it was told
  CHECK(told() == numbers{7});
  CHECK(trace().empty());
  sync_notify(8, "y");
  CHECK(trace() == strings{"a:y", "b:y"});
}

TEST_CASE_METHOD(fixture, "two who use the same number have an event each") {
  add("a");
  sync_notify(1, "x");
  listener other{sys};
  spawned.push_back(other.hdl());
  otp::send(test::as_self(other.hdl()),
            caf::actor_cast<caf::strong_actor_ptr>(manager),
            caf::make_message(atom::sync_notify_v, uint64_t{1},
                              caf::make_message(std::string{"y"})));
  run();
  CHECK(trace() == strings{"a:x", "a:y"});
}

TEST_CASE_METHOD(fixture, "a swap is finished by the next manager") {
  auto old = add_listener({});
  notify("x");
  listener heir{sys};
  spawned.push_back(heir.hdl());
  caf::anon_send(manager, atom::swap_handler_v, old.hdl(), heir.hdl());
  notify("y");
  CHECK(heir.got().empty());
  words(old);
  restart();
  // It is asked once more, and has not answered.
  REQUIRE(old.got().size() == 1);
  CHECK(old.take()[0].match_elements<atom::swap_handler>());
  CHECK(handlers() == std::vector{heir.hdl()});
  otp::send(
    test::as_self(old.hdl()), caf::actor_cast<caf::strong_actor_ptr>(manager),
    caf::make_message(atom::state_v, caf::make_message(std::string{"legacy"})));
  run();
  auto got = heir.take();
  REQUIRE(got.size() == 2);
  CHECK(got[0].get_as<caf::message>(1).get_as<std::string>(0) == "legacy");
  CHECK(got[1].get_as<uint64_t>(1) == 2);
  CHECK(table.size() == 1);
}

// -- managers that are killed all the while -----------------------------------

namespace {

/// What one handler heard, and whether it was marked when it came again.
struct hearing {
  std::map<uint64_t, std::string> events;
  uint64_t replayed_to = 0;
  bool wrong = false;
};

caf::actor spawn_hearer(caf::actor_system& sys, std::shared_ptr<hearing> log) {
  return sys.spawn([log](caf::event_based_actor* me) {
    me->set_default_handler(
      [](caf::scheduled_actor*,
         caf::message_view&) -> caf::result<caf::message> {
        return caf::sec::unexpected_message;
      });
    return caf::behavior{
      [=](atom::event, uint64_t n, const std::string& what) {
        auto fresh = log->events.emplace(n, what).second;
        log->wrong = log->wrong || (!fresh && n > log->replayed_to);
        return otp::ack(n);
      },
      [=](atom::replayed, uint64_t, uint64_t to) { log->replayed_to = to; },
    };
  });
}

} // namespace

TEST_CASE_METHOD(fixture, "nothing is lost and nothing doubled unmarked while "
                          "managers are killed") {
  auto seed = test::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  restart(100'000, 100'000);
  std::vector<std::shared_ptr<hearing>> heard;
  for (size_t window : {1, 2, 3, 1000}) {
    heard.push_back(std::make_shared<hearing>());
    auto hdl = spawn_hearer(sys, heard.back());
    spawned.push_back(hdl);
    call<caf::ok_atom>(manager, atom::add_handler_v, hdl,
                       otp::handler_options{.window = window});
  }
  // Each event until its caller was told of it.
  std::map<uint64_t, std::string> unanswered;
  uint64_t sent = 0;
  auto send = [&](uint64_t n) {
    otp::send(test::as_self(caller.hdl()),
              caf::actor_cast<caf::strong_actor_ptr>(manager),
              caf::make_message(atom::sync_notify_v, n,
                                caf::make_message(unanswered[n])));
  };
  auto take_answers = [&] {
    for (auto& x : caller.take())
      unanswered.erase(x.get_as<uint64_t>(1));
  };
  for (auto i = 0; i < 2000; ++i) {
    auto dice = random() % 100;
    if (dice < 40) {
      ++sent;
      unanswered[sent] = "event " + std::to_string(sent);
      send(sent);
    } else if (dice < 95) {
      for (auto n = random() % 4; n > 0; --n)
        step();
    } else {
      take_answers();
      // Ahead of what it has queued: one step, and it is dead.
      end_watch end{manager};
      otp::send_exit(test::as_self(manager),
                     caf::actor_cast<caf::strong_actor_ptr>(manager),
                     caf::exit_reason::kill);
      REQUIRE(step(manager));
      REQUIRE(end.ended());
      start_again(100'000, 100'000);
      for (auto& [n, what] : std::map{unanswered})
        send(n);
    }
  }
  run();
  take_answers();
  for (auto& [n, what] : std::map{unanswered})
    send(n);
  run();
  take_answers();
  CHECK(unanswered.empty());
  CHECK(sent > 100);
  for (auto& x : heard) {
    CHECK_FALSE(x->wrong);
    CHECK(x->events == heard.back()->events);
    strings texts;
    for (auto& [n, what] : x->events)
      texts.push_back(what);
    CHECK(texts.size() == sent);
    CHECK(std::set<std::string>{texts.begin(), texts.end()}.size() == sent);
  }
}
