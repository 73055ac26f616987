#include "actors/otp/tree_json.hpp"

#include "actors/otp/agent_actor.hpp"
#include "actors/otp/dynamic_supervisor.hpp"
#include "actors/otp/event_manager_state.hpp"
#include "actors/otp/registry_state.hpp"
#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

#include <caf/send.hpp>

using namespace kv;
using namespace std::chrono_literals;
using nlohmann::json;
using test::otp_fixture;

namespace {

class fixture : public otp_fixture {
public:
  void start_tree() {
    otp::supervisor_flags flags;
    flags.strategy = otp::strategy::rest_for_one;
    auto waiting = spec("c");
    waiting.backoff.min = 10s;
    auto ill = spec("d");
    ill.quarantine = true;
    auto below = otp::supervisor_spec(
      "n", names.writer(), [this](caf::local_actor*) -> otp::supervisor_init {
        return {{}, {}, {spec("x"), many_spec()}};
      });
    start({spec("a"), below, waiting, ill}, flags);
  }

  otp::child_spec many_spec() {
    auto start = [log = world](caf::local_actor* parent,
                               const std::string& tag) {
      return otp::start<test::child_state>(parent, tag, log);
    };
    return {"many",
            otp::starts<otp::dynamic_supervisor_state>(
              otp::tagged_start_function{start}),
            otp::restart::permanent, otp::shutdown::infinity(),
            otp::child_type::supervisor};
  }

  auto keep(std::optional<caf::expected<json>>& where) {
    return completion<json>::make(
      [&where](caf::expected<json> x) { where.emplace(std::move(x)); });
  }

  json tree() {
    std::optional<caf::expected<json>> result;
    otp::tree_json(sys, "root", caf::actor_cast<caf::strong_actor_ptr>(root),
                   keep(result));
    run();
    if (!result)
      advance(otp::look_deadline);
    REQUIRE(result);
    REQUIRE(*result);
    return **result;
  }

  caf::expected<json> look(const std::string& id) {
    std::optional<caf::expected<json>> result;
    otp::actor_json(sys, id,
                    caf::actor_cast<caf::strong_actor_ptr>(whereis(id)),
                    keep(result));
    run();
    if (!result)
      advance(otp::look_deadline);
    REQUIRE(result);
    return *result;
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a tree tells what runs and what does not") {
  start_tree();
  advance(5s);
  tell("c", "throw");
  auto x = tree();
  CHECK(x["id"] == "root");
  CHECK(x["type"] == "supervisor");
  CHECK(x["name"] == "otp.supervisor");
  CHECK(x["state"] == "rest_for_one, 0 of at most 3 restarts in 5000 ms");
  CHECK(x["children_total"] == 4);
  REQUIRE(x["children"].size() == 4); // last started first
  auto& c = x["children"][1];
  CHECK(c["id"] == "c");
  CHECK(c["status"] == "restarting");
  CHECK(c["retry_in_ms"] == 10'000);
  CHECK_FALSE(c.contains("actor"));
  auto& n = x["children"][2];
  CHECK(n["id"] == "n");
  CHECK(n["uptime_ms"] == 5000);
  CHECK(n["parent"] == x["actor"]);
  auto& many = n["children"][0];
  CHECK(many["state"]
        == "0 children run, 0 are to be restarted, 0 are being stopped");
  CHECK(n["children"][1]["id"] == "x");
  auto& a = x["children"][3];
  CHECK(a["actor"] == whereis("a").id());
  CHECK(a["name"] == "test.child");
  CHECK(a["mailbox"] == 0);
  CHECK(a["restarts"] == 0);
}

TEST_CASE_METHOD(fixture, "a tree tells of restarts and quarantine") {
  start_tree();
  tell("a", "throw"); // takes the others along
  CHECK(tree()["children"][2]["restarts"] == 1);
  CHECK(tree()["state"] == "rest_for_one, 1 of at most 3 restarts in 5000 ms");
  for (auto i = 0; i < 4; ++i)
    tell("d", "throw");
  auto d = tree()["children"][0];
  CHECK(d["status"] == "quarantined");
  CHECK(d["restarts"] == 4);
}

TEST_CASE_METHOD(fixture,
                 "of many children a tree lists some, and the number") {
  start_tree();
  auto many = otp::whereis<otp::dynamic_supervisor_actor>(names.reader(),
                                                          "many");
  for (uint64_t i = 0; i < 250; ++i)
    otp::send(test::as_self(many), caf::actor_cast<caf::strong_actor_ptr>(many),
              caf::make_message(atom::start_child_v, i, std::string{"t"}));
  run();
  auto x = tree()["children"][2]["children"][0];
  CHECK(x["children_total"] == 250);
  CHECK(x["children"].size() == otp::inspection::most_children);
  CHECK(x["children"][0]["name"] == "test.child");
}

TEST_CASE_METHOD(fixture, "one actor can be looked into by itself") {
  start_tree();
  auto x = look("a");
  REQUIRE(x);
  CHECK((*x)["id"] == "a");
  CHECK((*x)["actor"] == whereis("a").id());
  CHECK((*x)["parent"] == root.id());
  CHECK(look("nobody").error() == ec::no_such_actor);
}

TEST_CASE_METHOD(fixture, "a supervisor says whom it is stopping") {
  world->stubborn = {"a"};
  start({spec("a", otp::restart::permanent, otp::shutdown::infinity())});
  stop();
  CHECK_THAT(tree()["state"].get<std::string>(),
             Catch::EndsWith(", stopping a"));
  kill(whereis("a"));
}

TEST_CASE_METHOD(fixture, "a look leaves no actor behind") {
  start_tree();
  auto before = running();
  tree();
  look("a");
  CHECK(running() == before);
}

TEST_CASE_METHOD(fixture, "a tree that has ended says so") {
  start_tree();
  stop();
  auto x = tree();
  CHECK(x["id"] == "root");
  CHECK(x.contains("failure"));
}

TEST_CASE_METHOD(fixture, "agents, registries and event managers say what they "
                          "are at") {
  using keys = otp::unique_keys<std::string, int>;
  ets::owner<otp::handlers_table> handlers;
  ets::owner<keys::table> entries;
  start({otp::agent_spec<int>("number", [] { return 7; }),
         {"events", otp::starts<otp::event_manager_state>(
                      otp::event_manager_options{handlers.writer()})},
         {"registry", otp::starts<otp::registry_state<keys>>(
                        otp::registry_options<keys>{entries.writer()})},
         spec("a")});
  auto a = caf::actor_cast<caf::strong_actor_ptr>(whereis("a"));
  auto events = otp::whereis<otp::event_manager_actor>(names.reader(),
                                                       "events");
  call<caf::ok_atom>(events, atom::add_handler_v, whereis("a"));
  auto deaf = test::listener{sys};
  call<caf::ok_atom>(events, atom::add_handler_v, deaf.hdl());
  caf::anon_send(events, atom::notify_v, caf::make_message(1));
  auto registry = otp::whereis<otp::registry_actor<keys>>(names.reader(),
                                                          "registry");
  using registration = otp::registration<keys>;
  for (std::string key : {"x", "y"})
    call<caf::ok_atom>(registry, atom::register_name_v,
                       registration{key, a, 0});
  caf::anon_send(registry, atom::await_v, otp::awaited_key<keys>{"z"},
                 completion<caf::strong_actor_ptr>{});
  run();
  auto xs = tree()["children"];
  REQUIRE(xs.size() == 4);
  CHECK(xs[3]["state"] == "7");
  CHECK(xs[2]["state"]
        == "handlers: 2, late: 0, last event: 1, kept: 0, to be acknowledged: "
           "1, to be told: 0");
  CHECK(xs[2]["monitoring"] == 2);
  CHECK(xs[1]["state"] == "entries: 2, actors: 1, awaited keys: 1");
  CHECK(xs[1]["monitoring"] == 1);
  kill(deaf.hdl());
}

TEST_CASE("crashes as JSON") {
  otp::crash_journal journal{2};
  for (std::string who : {"a", "b", "c"})
    journal.add({.who = who, .uptime = 7ms, .restarts = 3}, ec::badarg);
  auto x = otp::crashes_json(journal, 1);
  CHECK(x["total"] == 3);
  REQUIRE(x["crashes"].size() == 1);
  auto& c = x["crashes"][0];
  CHECK(c["who"] == "c");
  CHECK(c["reason"] == "badarg");
  CHECK(c["uptime_ms"] == 7);
  CHECK(c["restarts"] == 3);
  auto time = c["time"].get<std::string>();
  CHECK(time.size() == std::string{"2026-11-25T09:00:00.000Z"}.size());
  CHECK(time.back() == 'Z');
}
