// A registry as its users see it, in partitions.

#include "tests/otp/facade_fixture.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE_METHOD(rooms_fixture, "threads register, look up and unregister",
                 "[registry]") {
  auto a = actor();
  for (auto i = 0; i < 20; ++i)
    CHECK_FALSE(all.register_name("room " + std::to_string(i), a, i));
  CHECK(all.register_name("room 7", a) == ec::name_taken);
  CHECK(all.count() == 20);
  CHECK(all.keys(a)->size() == 20);
  CHECK(all.whereis<caf::actor>("room 7") == actors[0]);
  CHECK_FALSE(all.whereis<caf::actor>("room 20"));
  CHECK(all.lookup("room 7").at(0).value == 7);
  auto odd = [](const std::string&, auto& x) { return x.value % 2 == 1; };
  CHECK(all.count_if(odd) == 10);
  CHECK(all.select(odd).size() == 10);
  CHECK(*all.update_value("room 7", a, 8) == 1);
  CHECK(all.lookup("room 7").at(0).value == 8);
  CHECK(*all.unregister_name("room 7", a) == 1);
  CHECK(*all.unregister_name("room 7", a) == 0);
  CHECK(all.count() == 19);
  CHECK(*all.await("room 6") == a);
  CHECK(all.await("room 7", std::chrono::milliseconds{1}).error()
        == ec::timeout);
}

TEST_CASE_METHOD(rooms_fixture, "each partition has a part", "[registry]") {
  auto a = actor();
  for (auto i = 0; i < 100; ++i)
    all.register_name(std::to_string(i), a, i);
  for (auto* id : {"test/0", "test/1", "test/2"})
    CHECK(ets::whereis<rooms::table>(id).size() > 10);
}

TEST_CASE_METHOD(topics_fixture, "no read returns an actor that has ended",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  all.register_name("x", a);
  all.register_name("x", b);
  end(a); // and no registry knows
  CHECK(all.whereis<caf::actor>("x") == actors[1]);
  CHECK(all.lookup("x").size() == 1);
  CHECK(all.count() == 1);
  CHECK(all.send(as_self(root), "x", std::string{"hello"}) == 1);
  end(b);
  CHECK_FALSE(all.whereis<caf::actor>("x"));
  run();
  CHECK(all.count() == 0);
}

TEST_CASE_METHOD(topics_fixture, "a message goes to all under a key",
                 "[registry]") {
  for (auto i = 0; i < 100; ++i)
    all.register_name(i % 2 == 0 ? "x" : "y", actor(), i);
  CHECK(all.send(as_self(root), "x", std::string{"hello"}) == 50);
  run();
  CHECK(*received == strings(50, "hello"));
}

TEST_CASE_METHOD(rooms_fixture,
                 "an actor's handle of the registry survives "
                 "the registry",
                 "[registry]") {
  auto a = actor();
  auto to = all.actor("x");
  using entry = otp::registration<rooms>;
  call<caf::ok_atom>(to, atom::register_name_v, entry{"x", a, 1});
  for (auto* id : {"test/0", "test/1", "test/2"})
    kill(whereis(id));
  CHECK(
    try_call<caf::ok_atom>(to, atom::register_name_v, entry{"x", a, 1}).error()
    == ec::name_taken);
  CHECK(all.lookup("x").size() == 1);
}

TEST_CASE_METHOD(rooms_fixture, "a name stands for whoever has it",
                 "[registry]") {
  auto x = all.via<caf::actor>("x");
  auto response = self->request(x, caf::infinite, std::string{"hello"});
  run();
  CHECK(received->empty());
  auto a = actor();
  all.register_name("x", a);
  run();
  response.receive([](int n) { CHECK(n == 0); },
                   [](caf::error& err) { FAIL(describe(err)); });
  // The holder ends, and nobody has heard of it; another one comes.
  end(a);
  auto second = self->request(x, caf::infinite, std::string{"hello"});
  REQUIRE(step(x));
  auto b = actor();
  all.register_name("x", b);
  run();
  second.receive([](int n) { CHECK(n == 1); },
                 [](caf::error& err) { FAIL(describe(err)); });
}

TEST_CASE_METHOD(rooms_fixture,
                 "a name that nobody takes fails its requests "
                 "in the end",
                 "[registry]") {
  auto x = all.via<caf::actor>("x");
  auto response = self->request(x, caf::infinite, std::string{"hello"});
  run();
  advance(otp::via_actor::patience);
  response.receive([](int) { FAIL("who was that?"); },
                   [](caf::error& err) { CHECK(err == ec::timeout); });
}

TEST_CASE_METHOD(topics_fixture, "entries are chosen by their value",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  for (auto i = 0; i < 10; ++i)
    all.register_name("x", i % 2 == 0 ? a : b, i);
  all.register_name("y", a, 100);
  auto small = [](int value) { return value < 5; };
  CHECK(all.match("x", small).size() == 5);
  CHECK(all.count_match("x", small) == 5);
  CHECK(all.count_match("y", small) == 0);
  CHECK(all.values("x", a) == std::vector{0, 2, 4, 6, 8});
  CHECK(all.values("y", b).empty());
  end(a);
  CHECK(all.count_match("x", small) == 2);
  CHECK(all.values("x", a).empty());
}

TEST_CASE_METHOD(rooms_fixture, "users keep what they want beside a registry",
                 "[registry]") {
  CHECK_FALSE(all.meta<int>("limit"));
  all.put_meta("limit", 7);
  all.put_meta("title", std::string{"rooms"});
  CHECK(all.meta<int>("limit") == 7);
  CHECK(all.meta<std::string>("title") == "rooms");
  CHECK_FALSE(all.meta<std::string>("limit"));
  all.put_meta("limit", 8);
  for (auto* id : {"test/0", "test/1", "test/2"})
    kill(whereis(id));
  CHECK(all.meta<int>("limit") == 8);
  CHECK(all.delete_meta("limit"));
  CHECK_FALSE(all.delete_meta("limit"));
  CHECK_FALSE(all.meta<int>("limit"));
}

TEST_CASE_METHOD(otp_fixture, "a registry needs a partition", "[registry]") {
  auto made = otp::start_root(sys, names.writer(), [this](caf::local_actor* x) {
    otp::supervisor_init init;
    otp::registry<rooms>::add_to(init, x, names.reader(), {"test", 0});
    return init;
  });
  CHECK_FALSE(made);
  run();
}
