#include "tests/otp/registry_fixture.hpp"

using namespace kv;
using namespace kv::test;

using unique_fixture = registry_fixture<unique_names>;
using topics_fixture = registry_fixture<topics>;

// -- unique keys --------------------------------------------------------------

TEST_CASE_METHOD(unique_fixture, "a key is taken while its actor is alive",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  CHECK_FALSE(add("x", a, 1));
  CHECK(add("x", b, 2) == ec::name_taken);
  CHECK(add("x", a, 3) == ec::name_taken);
  CHECK(values("x") == std::vector{1});
  CHECK_FALSE(add("y", a));
  CHECK(keys_of(a) == strings{"x", "y"});
  CHECK(keys_of(b).empty());
}

TEST_CASE_METHOD(unique_fixture, "an actor that has ended is not registered",
                 "[registry]") {
  auto a = actor();
  end(a);
  CHECK(add("x", a) == ec::no_such_actor);
  CHECK(add("x", nullptr) == ec::no_such_actor);
  CHECK(values("x").empty());
}

TEST_CASE_METHOD(unique_fixture, "an entry goes with its actor", "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a);
  add("y", a);
  add("z", b);
  end(a);
  run();
  CHECK(entries.size() == 1);
  CHECK(keys_of(a).empty());
  CHECK(keys_of(b) == strings{"z"});
}

TEST_CASE_METHOD(unique_fixture,
                 "a dead holder gives way at once, and its end "
                 "leaves the successor alone",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a, 1);
  add("y", a, 2);
  otp::registration<unique_names> next{"x", b, 3};
  self->send(registry(), atom::register_name_v, next);
  end(a); // the registry hears of it after the registration
  REQUIRE(step(registry()));
  run();
  CHECK(values("x") == std::vector{3});
  CHECK(values("y").empty());
  CHECK(keys_of(b) == strings{"x"});
}

TEST_CASE_METHOD(unique_fixture, "an unregistered key is free", "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a, 1);
  CHECK(remove({"x", b}) == 0);
  CHECK(remove({"y", a}) == 0);
  CHECK(remove({"x", a, [](int value) { return value == 2; }}) == 0);
  CHECK(remove({"x", a, [](int value) { return value == 1; }}) == 1);
  CHECK(values("x").empty());
  CHECK_FALSE(add("x", b, 2));
  end(a);
  run();
  CHECK(values("x") == std::vector{2});
}

TEST_CASE_METHOD(unique_fixture, "an entry gets a new value", "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a, 1);
  using entry = otp::registration<unique_names>;
  auto update = [&](const caf::strong_actor_ptr& who) {
    return call<uint64_t>(registry(), atom::update_value_v, entry{"x", who, 2});
  };
  CHECK(update(b) == 0);
  CHECK(values("x") == std::vector{1});
  CHECK(update(a) == 1);
  CHECK(values("x") == std::vector{2});
}

// -- duplicate keys -----------------------------------------------------------

TEST_CASE_METHOD(topics_fixture,
                 "any number of actors share a key, each any "
                 "number of times",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a, 1);
  add("x", b, 2);
  add("x", a, 3);
  add("y", b, 4);
  CHECK(values("x") == std::vector{1, 2, 3});
  CHECK(keys_of(a) == strings{"x", "x"});
  CHECK(remove({"x", a, [](int value) { return value == 3; }}) == 1);
  CHECK(values("x") == std::vector{1, 2});
  add("x", a, 5);
  CHECK(remove({"x", a}) == 2);
  CHECK(values("x") == std::vector{2});
  end(b);
  run();
  CHECK(entries.size() == 0);
}

// -- waiting ------------------------------------------------------------------

namespace {

/// Waits for a key from an actor.
template <class Keys>
class await_result {
public:
  await_result(registry_fixture<Keys>& x, const std::string& key,
               std::chrono::milliseconds timeout = std::chrono::hours{1}) {
    x.sys.spawn([to = x.registry(), key, timeout,
                 answer = answer_](caf::event_based_actor* me) {
      me->request(to, caf::infinite, atom::await_v,
                  otp::awaited_key<Keys>{key, timeout})
        .then([answer](const caf::strong_actor_ptr& y) { answer->actor = y; },
              [answer](const caf::error& y) { answer->failure = y; });
    });
    x.run();
  }

  const caf::strong_actor_ptr& actor() const {
    return answer_->actor;
  }

  const caf::error& failure() const {
    return answer_->failure;
  }

private:
  struct answer {
    caf::strong_actor_ptr actor;
    caf::error failure;
  };

  std::shared_ptr<answer> answer_ = std::make_shared<answer>();
};

} // namespace

TEST_CASE_METHOD(topics_fixture,
                 "who waits for a key gets the first who "
                 "registers it",
                 "[registry]") {
  await_result one{*this, "x"};
  await_result two{*this, "x"};
  await_result other{*this, "y"};
  CHECK_FALSE(one.actor());
  auto a = actor();
  add("x", a);
  CHECK(one.actor() == a);
  CHECK(two.actor() == a);
  CHECK_FALSE(other.actor());
  await_result late{*this, "x"};
  CHECK(late.actor() == a);
}

TEST_CASE_METHOD(unique_fixture, "nobody gets a dead actor for a key",
                 "[registry]") {
  auto a = actor();
  auto b = actor();
  add("x", a);
  otp::awaited_key<unique_names> key{"x"};
  auto got = std::make_shared<caf::expected<caf::strong_actor_ptr>>(ec::none);
  caf::anon_send(registry(), atom::await_v, key,
                 completion<caf::strong_actor_ptr>::make(
                   [got](auto x) { *got = std::move(x); }));
  end(a);
  REQUIRE(step(registry()));
  run();
  add("x", b);
  REQUIRE(*got);
  CHECK(**got == b);
}

TEST_CASE_METHOD(unique_fixture, "waiting for a key has a limit",
                 "[registry]") {
  await_result later{*this, "x", std::chrono::seconds{3}};
  await_result soon{*this, "x", std::chrono::seconds{1}};
  await_result other{*this, "y", std::chrono::seconds{2}};
  advance(std::chrono::milliseconds{999});
  CHECK_FALSE(soon.failure());
  advance(std::chrono::milliseconds{1});
  CHECK(soon.failure() == ec::timeout);
  CHECK_FALSE(other.failure());
  advance(std::chrono::seconds{1});
  CHECK(other.failure() == ec::timeout);
  auto a = actor();
  add("x", a);
  CHECK(later.actor() == a);
}

// -- the registry ends --------------------------------------------------------

TEMPLATE_TEST_CASE_METHOD(registry_fixture,
                          "a new registry goes on with the "
                          "entries of the old one",
                          "[registry]", unique_names, topics) {
  using base = registry_fixture<TestType>;
  auto a = base::actor();
  auto b = base::actor();
  base::add("x", a, 1);
  base::add("y", a, 2);
  base::add("z", b, 3);
  auto old = base::registry();
  base::self->send_exit(old, caf::exit_reason::kill);
  REQUIRE(base::step(old));
  CHECK(base::values("x") == std::vector{1}); // while there is no registry
  base::end(b);                               // nobody watches it
  base::run();
  CHECK(base::registry() != old);
  CHECK(base::values("z").empty());
  CHECK(base::keys_of(a) == strings{"x", "y"});
  CHECK(base::remove({"x", a}) == 1);
  base::end(a);
  base::run();
  CHECK(base::entries.size() == 0);
}

TEST_CASE_METHOD(unique_fixture, "who waits hears of the registry's end",
                 "[registry]") {
  await_result one{*this, "x"};
  kill(registry());
  CHECK(one.failure() == caf::sec::request_receiver_down);
}

// -- listeners ----------------------------------------------------------------

TEST_CASE_METHOD(topics_fixture, "listeners hear of every entry in order",
                 "[registry]") {
  listener ear{sys};
  names.insert({"test.listener", ear.ptr()});
  auto a = actor();
  add("x", a, 1);
  add("y", a, 2);
  remove({"y", a});
  end(a);
  run();
  std::string heard;
  for (auto& x : ear.take()) {
    using in = otp::registration<topics>;
    using out = otp::unregistration<topics>;
    if (x.match_elements<atom::registered, std::string, in>()) {
      CHECK(x.get_as<std::string>(1) == id);
      heard += "+" + x.get_as<in>(2).key;
    } else if (x.match_elements<atom::unregistered, std::string, out>()) {
      CHECK(x.get_as<out>(2).actor == a);
      heard += "-" + x.get_as<out>(2).key;
    }
  }
  CHECK(heard == "+x+y-y-x");
  names.erase("test.listener");
  caf::anon_send_exit(ear.hdl(), caf::exit_reason::kill);
}
