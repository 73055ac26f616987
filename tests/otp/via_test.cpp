#include "actors/otp/via.hpp"

#include "actors/otp/send.hpp"

#include "tests/otp/otp_fixture.hpp"

using namespace kv;
using namespace kv::test;

namespace {

/// A supervised child, and a handle that is its name.
class fixture : public otp_fixture {
public:
  fixture() {
    start(
      {spec("a", otp::restart::permanent), spec("t", otp::restart::temporary)});
    via_a = otp::via<caf::actor>(sys,
                                 otp::child_name(names.reader(), root, "a"));
    via_t = otp::via<caf::actor>(sys,
                                 otp::child_name(names.reader(), root, "t"));
    run();
  }

  ~fixture() {
    root_end();
  }

  void root_end() {
    caf::anon_send_exit(root, caf::exit_reason::kill);
    run();
  }

  caf::expected<std::string> ask(const caf::actor& to, std::string what = "?") {
    return try_call<std::string>(to, std::move(what));
  }

  caf::actor via_a;
  caf::actor via_t;
};

} // namespace

TEST_CASE_METHOD(fixture, "a name is as good as a handle", "[via]") {
  CHECK(*ask(via_a) == "a");
  caf::anon_send(via_a, std::string{"throw"});
  run();
  CHECK(*ask(via_a) == "a"); // the next one
  CHECK(trace() == strings{"+a", "+t", "-a", "+a"});
}

TEST_CASE_METHOD(fixture, "the answer to a plain message goes to its sender",
                 "[via]") {
  self->send(via_a, std::string{"?"});
  run();
  std::string answer;
  self->receive([&](std::string& x) { answer = std::move(x); },
                caf::after(std::chrono::seconds{0}) >> [] {});
  CHECK(answer == "a");
}

TEST_CASE_METHOD(fixture,
                 "a receiver that dies with a request in its mailbox "
                 "is replaced by the next one",
                 "[via]") {
  auto first = whereis("a");
  auto response = self->request(via_a, caf::infinite, std::string{"?"});
  REQUIRE(step(via_a)); // has passed it on
  self->send_exit(first, caf::exit_reason::kill);
  otp::send_exit(as_self(first), caf::actor_cast<caf::strong_actor_ptr>(first),
                 caf::exit_reason::kill);
  run();
  CHECK_FALSE(whereis("a") == first);
  std::string answer;
  response.receive([&](std::string& x) { answer = std::move(x); },
                   [](caf::error& x) { FAIL(describe(x)); });
  CHECK(answer == "a");
}

TEST_CASE_METHOD(fixture, "messages wait while nobody has the name, in order",
                 "[via]") {
  auto first = whereis("a");
  otp::send_exit(as_self(first), caf::actor_cast<caf::strong_actor_ptr>(first),
                 caf::exit_reason::kill);
  REQUIRE(step(first)); // its supervisor does not know
  world->take_trace();
  caf::anon_send(via_a, std::string{"quit"});
  auto response = self->request(via_a, caf::infinite, std::string{"?"});
  REQUIRE(step(via_a));
  run();
  // The second one quits, and the third answers.
  std::string answer;
  response.receive([&](std::string& x) { answer = std::move(x); },
                   [](caf::error& x) { FAIL(describe(x)); });
  CHECK(answer == "a");
  CHECK(trace() == strings{"+a", "-a", "+a"});
}

TEST_CASE_METHOD(fixture, "a name that nobody will have again fails requests",
                 "[via]") {
  CHECK(*ask(via_t) == "t");
  tell("t", "quit");
  CHECK(ask(via_t).error() == ec::no_such_child);
}

TEST_CASE_METHOD(fixture, "what a receiver answers comes through, errors too",
                 "[via]") {
  CHECK(try_call<std::string>(via_a, 42).error()
        == caf::sec::unexpected_message);
}

TEST_CASE_METHOD(fixture, "names do not keep a tree alive", "[via]") {
  root_end();
  CHECK(ask(via_a).error() == ec::shutting_down);
  root = nullptr;
  CHECK(ask(via_a).error() == ec::shutting_down);
}

TEST_CASE_METHOD(otp_fixture, "so many messages wait for a name, and no more",
                 "[via]") {
  completion<caf::strong_actor_ptr> answer;
  otp::resolver nobody{[] { return caf::strong_actor_ptr{}; },
                       [&](const auto& done) { answer = done; }};
  auto name = otp::via<caf::actor>(sys, nobody);
  for (size_t i = 0; i <= otp::via_actor::most_waiting; ++i)
    caf::anon_send(name, static_cast<uint64_t>(i));
  CHECK(try_call<int>(name, 1).error() == ec::overloaded);
  listener somebody{sys};
  answer.deliver(somebody.ptr());
  answer = {};
  run();
  auto got = somebody.take();
  REQUIRE(got.size() == otp::via_actor::most_waiting);
  CHECK(got.back().get_as<uint64_t>(0) == otp::via_actor::most_waiting - 1);
  caf::anon_send_exit(somebody.hdl(), caf::exit_reason::kill);
  run();
}
