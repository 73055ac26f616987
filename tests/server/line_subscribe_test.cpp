// SUBSCRIBE, of the guide's later edition.

#include "tests/server/server_fixture.hpp"
#include "tests/server/session_fixture.hpp"

using namespace kv;
using namespace std::literals;

namespace {

struct fixture : test::session_fixture {
  fixture() {
    talk("CREATE shopping\nCREATE other\n");
  }

  /// What the subscriber is told next.
  std::string hear() {
    auto result = await_answers(listener);
    while (result.empty() && run_posted())
      result = await_answers(listener);
    return result;
  }

  std::string ask_listener(std::string_view bytes) {
    listener->receive(bytes);
    return await_answers(listener);
  }

  session_ptr listener = make_session();
};

} // namespace

TEST_CASE_METHOD(fixture, "a subscriber is told of every change", "[line]") {
  CHECK(ask_listener("SUBSCRIBE shopping\r\n").empty());
  CHECK(listener->listening());
  CHECK(talk("PUT shopping milk 1\n") == "OK\r\n");
  CHECK(hear() == "milk SET TO 1\r\n");
  talk("PUT other milk 2\nPUT shopping eggs 3\nDELETE shopping milk\n");
  CHECK(hear() == "eggs SET TO 3\r\nmilk DELETED\r\n");
}

TEST_CASE_METHOD(fixture, "a delete of nothing is no change", "[line]") {
  ask_listener("SUBSCRIBE shopping\n");
  talk("DELETE shopping milk\nPUT shopping eggs 1\n");
  CHECK(hear() == "eggs SET TO 1\r\n");
}

TEST_CASE_METHOD(fixture, "whoever subscribes is not heard any more",
                 "[line]") {
  CHECK(ask_listener("GET shopping milk\nSUBSCRIBE shopping\nGET shopping "
                     "milk\nCREATE more\n")
        == "\r\nOK\r\n");
  CHECK(ask_listener("CREATE more\nCREATE m").empty());
  CHECK(listener->unhandled() == 0);
  CHECK_FALSE(lookup("more"));
}

TEST_CASE_METHOD(fixture, "only a bucket that exists has subscribers",
                 "[line]") {
  CHECK(ask_listener("SUBSCRIBE sho\nSUBSCRIBE\nSUBSCRIBE shopping x\n")
        == "NOT FOUND\r\nUNKNOWN COMMAND\r\nUNKNOWN COMMAND\r\n");
  CHECK_FALSE(listener->listening());
}

TEST_CASE_METHOD(fixture, "a subscription goes on with the next of its name",
                 "[line]") {
  ask_listener("SUBSCRIBE shopping\n");
  auto bucket = *lookup("shopping");
  kill(bucket);
  CHECK(await_event(event_kind::exit, bucket));
  talk("CREATE shopping\nPUT shopping milk 1\n");
  CHECK(hear() == "milk SET TO 1\r\n");
}

TEST_CASE_METHOD(fixture, "a session that ends subscribes to nothing",
                 "[line]") {
  ask_listener("SUBSCRIBE shopping\n");
  CHECK(change_feed::of_process().active());
  listener.reset();
  CHECK_FALSE(change_feed::of_process().active());
  CHECK(talk("PUT shopping milk 1\n") == "OK\r\n");
}

TEST_CASE_METHOD(test::server_fixture, "two connections, one hears the other",
                 "[line]") {
  test::line_client listener{port};
  test::line_client speaker{port};
  CHECK(speaker.ask("CREATE shopping") == "OK");
  listener.send("SUBSCRIBE shopping\r\n");
  // There is no answer, so one speaks until the other hears.
  std::string heard;
  int said = 0;
  do {
    ++said;
    CHECK(speaker.ask("PUT shopping n " + std::to_string(said)) == "OK");
  } while (said < 100'000 && !listener.readable(1ms));
  auto first = listener.read_line();
  REQUIRE(first.starts_with("n SET TO "));
  auto next = std::stoi(first.substr(9));
  CHECK(speaker.ask("PUT shopping n end") == "OK");
  for (;;) {
    auto line = listener.read_line();
    if (line == "n SET TO end")
      break;
    CHECK(line == "n SET TO " + std::to_string(++next));
  }
  CHECK(next == said);
}
