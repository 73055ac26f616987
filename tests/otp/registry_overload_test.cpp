// What a registry does not do: what comes too late, and what is too much.

#include "tests/otp/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using unique_fixture = registry_fixture<unique_names>;

} // namespace

TEST_CASE_METHOD(unique_fixture, "what comes too late is not done",
                 "[registry]") {
  auto a = actor();
  add("x", a, 1);
  std::vector<caf::error> failures;
  auto soon = now() + std::chrono::seconds{1};
  auto fail = [&](const auto& x) {
    failures.push_back(x ? caf::error{} : x.error());
  };
  auto late = [&]<class T>(T, auto what, auto request) {
    caf::anon_send(registry(), what, std::move(request),
                   completion<T>::make(fail, soon));
  };
  using list = otp::key_list<unique_names>;
  late(caf::unit, atom::register_name_v,
       otp::registration<unique_names>{"y", a, 0});
  late(uint64_t{}, atom::unregister_name_v,
       otp::unregistration<unique_names>{"x", a});
  late(uint64_t{}, atom::update_value_v,
       otp::registration<unique_names>{"x", a, 2});
  late(caf::strong_actor_ptr{}, atom::await_v,
       otp::awaited_key<unique_names>{"x"});
  late(list{}, atom::keys_v, a);
  advance_clock(std::chrono::seconds{1});
  run();
  REQUIRE(failures.size() == 5);
  for (auto& x : failures)
    CHECK(x == ec::timeout);
  CHECK(keys_of(a) == strings{"x"});
  CHECK(values("x") == std::vector{1});
}

TEST_CASE_METHOD(unique_fixture, "a registry that has too much to do says so",
                 "[registry]") {
  ets::owner<unique_names::table> more;
  constexpr uint32_t room = 5;
  auto crowded = sys.spawn<otp::state_actor<otp::registry_state<unique_names>>>(
    otp::registry_options<unique_names>{.entries = more.writer(),
                                        .mailbox_limit = room});
  run();
  auto a = actor();
  std::vector<caf::error> failures;
  auto send = [&]<class T>(T, auto what, auto request) {
    auto on_answer = [&](const caf::expected<T>& x) {
      failures.push_back(x ? caf::error{} : x.error());
    };
    caf::anon_send(crowded, what, std::move(request),
                   completion<T>::make(on_answer));
  };
  auto send_all = [&] {
    using list = otp::key_list<unique_names>;
    using registration = otp::registration<unique_names>;
    send(caf::unit, atom::register_name_v, registration{"x", a, 0});
    send(uint64_t{}, atom::update_value_v, registration{"x", a, 1});
    send(caf::strong_actor_ptr{}, atom::await_v,
         otp::awaited_key<unique_names>{"x"});
    send(list{}, atom::keys_v, a);
    send(uint64_t{}, atom::unregister_name_v,
         otp::unregistration<unique_names>{"x", a});
  };
  send_all();
  CHECK(failures.empty());
  send_all();
  REQUIRE(failures.size() == room);
  for (auto& x : failures) {
    CHECK(x == ec::overloaded);
    CHECK(retry_after(x));
  }
  failures.clear();
  run();
  CHECK(failures == std::vector<caf::error>(room));
  caf::anon_send_exit(crowded, caf::exit_reason::kill);
  run();
}

// -- listeners ----------------------------------------------------------------

namespace {

/// A registry with room for four messages in its listener's mailbox.
class listened_fixture : public unique_fixture {
public:
  static constexpr uint32_t room = 4;

  listened_fixture()
    : crowded(sys.spawn<otp::state_actor<otp::registry_state<unique_names>>>(
      otp::registry_options<unique_names>{.entries = more.writer(),
                                          .id = "more",
                                          .listeners = {"test.ear"},
                                          .actors = names.reader(),
                                          .listener_limit = room})),
      who(actor()) {
    listen();
    run();
  }

  ~listened_fixture() {
    names.erase("test.ear");
    caf::anon_send_exit(crowded, caf::exit_reason::kill);
    caf::anon_send_exit(ear, caf::exit_reason::kill);
    run();
  }

  /// Starts a listener that keeps what it hears, and what it reads in the table
  /// when it hears of a loss.
  void listen() {
    ear = sys.spawn([this](caf::event_based_actor*) {
      using in = otp::registration<unique_names>;
      using out = otp::unregistration<unique_names>;
      return caf::behavior{
        [this](atom::registered, const std::string&, const in& x) {
          heard.push_back("+" + x.key);
        },
        [this](atom::unregistered, const std::string&, const out& x) {
          heard.push_back("-" + x.key);
        },
        [this](atom::lost, const std::string& id) {
          heard.push_back("lost " + id + " " + std::to_string(more.size()));
          if (meanwhile)
            meanwhile();
        },
      };
    });
    names.insert({"test.ear", caf::actor_cast<caf::strong_actor_ptr>(ear)});
  }

  /// Registers a key, and lets only the registry run.
  void put(std::string key) {
    caf::anon_send(crowded, atom::register_name_v,
                   otp::registration<unique_names>{std::move(key), who, 0},
                   completion<caf::unit_t>{});
    while (step(crowded))
      continue;
  }

  ets::owner<unique_names::table> more;
  otp::registry_actor<unique_names> crowded;
  caf::strong_actor_ptr who;
  caf::actor ear;
  strings heard;
  std::function<void()> meanwhile;
};

} // namespace

TEST_CASE_METHOD(listened_fixture,
                 "a slow listener hears that it missed "
                 "entries",
                 "[registry]") {
  for (auto key : {"a", "b", "c", "d", "e", "f", "g"})
    put(key);
  CHECK(heard.empty());
  // What it had room for, then the loss; the table has the rest.
  run();
  CHECK(std::exchange(heard, {})
        == strings{"+a", "+b", "+c", "+d", "lost more 7"});
  put("h");
  run();
  CHECK(heard == strings{"+h"});
}

TEST_CASE_METHOD(listened_fixture,
                 "a listener hears more once it has handled "
                 "half",
                 "[registry]") {
  for (auto key : {"a", "b", "c", "d", "e"})
    put(key);
  REQUIRE(step(ear));
  REQUIRE(step(ear));
  put("f"); // two, and the loss, are more than half
  REQUIRE(step(ear));
  put("g");
  run();
  CHECK(heard == strings{"+a", "+b", "+c", "+d", "lost more 7", "+g"});
}

TEST_CASE_METHOD(listened_fixture,
                 "what changes while a listener hears of a "
                 "loss is told",
                 "[registry]") {
  for (auto key : {"a", "b", "c", "d", "e"})
    put(key);
  meanwhile = [this] { put("f"); };
  run();
  CHECK(heard == strings{"+a", "+b", "+c", "+d", "lost more 5", "+f"});
}

TEST_CASE_METHOD(listened_fixture, "who listens next starts with an empty line",
                 "[registry]") {
  for (auto key : {"a", "b", "c", "d", "e"})
    put(key);
  caf::anon_send_exit(ear, caf::exit_reason::kill);
  listen();
  run();
  heard.clear();
  put("f");
  run();
  CHECK(heard == strings{"+f"});
}

TEST_CASE("a listener needs room for a message", "[registry]") {
  CHECK_THROWS_AS(otp::bounded_line{0}, std::invalid_argument);
}
