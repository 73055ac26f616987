// The line protocol without sockets: bytes in, bytes out.

#include "tests/kv/gate.hpp"
#include "tests/server/session_fixture.hpp"
#include "tests/support/seed.hpp"

#include <map>
#include <random>

using namespace kv;
using namespace std::literals;
using server::line_session;

namespace {

const std::string not_found = "NOT FOUND\r\n";
const std::string unknown = "UNKNOWN COMMAND\r\n";
const std::string ok = "OK\r\n";

} // namespace

TEST_CASE_METHOD(test::session_fixture,
                 "replies are the guide's, byte for byte", "[line]") {
  CHECK(talk("GET shopping milk\r\n") == "NOT FOUND\r\n");
  CHECK(talk("PUT shopping milk 1\r\n") == "NOT FOUND\r\n");
  CHECK(talk("DELETE shopping milk\r\n") == "NOT FOUND\r\n");
  CHECK(talk("CREATE shopping\r\n") == "OK\r\n");
  CHECK(talk("CREATE shopping\r\n") == "OK\r\n");
  CHECK(talk("PUT shopping milk 1\r\n") == "OK\r\n");
  CHECK(talk("GET shopping milk\r\n") == "1\r\nOK\r\n");
  CHECK(talk("PUT shopping milk 2\r\n") == "OK\r\n");
  CHECK(talk("GET shopping milk\r\n") == "2\r\nOK\r\n");
  CHECK(talk("DELETE shopping milk\r\n") == "OK\r\n");
  CHECK(talk("GET shopping milk\r\n") == "\r\nOK\r\n");
  CHECK(talk("DELETE shopping milk\r\n") == "OK\r\n");
  CHECK(talk("GET sho milk\r\n") == "NOT FOUND\r\n");
  CHECK(talk("\r\n") == "UNKNOWN COMMAND\r\n");
  CHECK(talk("\n") == "UNKNOWN COMMAND\r\n");
  CHECK(talk("get shopping milk\r\n") == "UNKNOWN COMMAND\r\n");
  CHECK(talk("GET shopping\r\n") == "UNKNOWN COMMAND\r\n");
  CHECK(talk("GET shopping milk eggs\r\n") == "UNKNOWN COMMAND\r\n");
  CHECK_FALSE(session->ended());
}

TEST_CASE_METHOD(test::session_fixture, "HELP names every command", "[line]") {
  CHECK(talk("HELP\n")
        == "CREATE bucket\r\nPUT bucket key value\r\nGET bucket key\r\n"
           "DELETE bucket key\r\nSUBSCRIBE bucket\r\nHELP\r\nOK\r\n");
  CHECK(talk("HELP me\nhelp\n") == unknown + unknown);
}

TEST_CASE_METHOD(test::session_fixture, "values are the bytes the client sent",
                 "[line]") {
  auto value = "\0\xFF\xC2\xA0\"\\{}\x1B"s;
  CHECK(talk("CREATE b\nPUT b k " + value + "\nGET b k\n")
        == ok + ok + value + "\r\nOK\r\n");
  auto key = "\0\xFE"s;
  CHECK(talk("PUT b " + key + " 1\nGET b " + key + "\nGET b \0\n"s)
        == ok + "1\r\nOK\r\n" + "\r\nOK\r\n");
  std::string name(size_t{64} * 1024, 'n');
  CHECK(talk("CREATE " + name + "\nPUT " + name + " k v\nGET " + name + " k\n")
        == ok + ok + "v\r\nOK\r\n");
}

TEST_CASE_METHOD(test::session_fixture, "bytes may arrive one at a time",
                 "[line]") {
  std::string answers;
  for (char c : "CREATE b\r\nPUT b k \xE2\x80\xAF\nGET b k\r\nget\r\n"s)
    answers += talk({&c, 1});
  CHECK(answers == ok + ok + "\xE2\x80\xAF\r\nOK\r\n" + unknown);
}

TEST_CASE_METHOD(test::session_fixture,
                 "lines end in LF or CRLF, and a lone CR is a blank",
                 "[line]") {
  CHECK(talk("CREATE b\nPUT b k 1\r\nGET\rb\rk\nGET b k\r\r\n")
        == ok + ok + "1\r\nOK\r\n" + "1\r\nOK\r\n");
  CHECK(talk("GET b k\r").empty());
  CHECK(talk("\n") == "1\r\nOK\r\n");
}

TEST_CASE_METHOD(test::session_fixture,
                 "a line of 1 MiB is handled, whatever its end", "[line]") {
  std::string start = "PUT b k ";
  std::string value(line_session::max_line - start.size(), 'v');
  for (std::string end : {"\n", "\r\n"})
    CHECK(talk("CREATE b\n" + start + value + end + "GET b k\n")
          == ok + ok + value + "\r\nOK\r\n");
  // Neither is one too long whose end has not arrived yet.
  CHECK(talk(start + value).empty());
  CHECK(talk("\r").empty());
  CHECK(talk("\n") == ok);
  CHECK_FALSE(session->ended());
}

TEST_CASE_METHOD(test::session_fixture,
                 "a longer line is answered with ERROR and ends the session",
                 "[line]") {
  std::string line(line_session::max_line + 1, 'x');
  for (std::string end : {"\nCREATE b\n", "\r\nCREATE b\n", "", "\r"}) {
    session = make_session();
    CHECK(talk("CREATE a\n" + line + end) == ok + "ERROR\r\n");
    CHECK(session->ended());
    CHECK(talk("\nCREATE b\n").empty());
  }
  CHECK_FALSE(lookup("b"));
}

TEST_CASE_METHOD(test::session_fixture,
                 "ten thousand pipelined commands keep their order, and a read "
                 "sees the writes before it",
                 "[line]") {
  auto seed = test::test_seed();
  INFO("SEED=" << seed);
  std::mt19937 random{seed};
  auto pick = [&](unsigned n) { return random() % n; };
  std::map<std::string, std::map<std::string, std::string>> model;
  std::string batch;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    auto name = "b" + std::to_string(pick(5));
    auto key = "k" + std::to_string(pick(10));
    auto known = model.count(name) > 0;
    switch (pick(8)) {
      case 0:
        batch += "CREATE " + name + '\n';
        model[name];
        expected += ok;
        break;
      case 1:
        batch += "DELETE " + name + ' ' + key + "\r\n";
        if (known)
          model[name].erase(key);
        expected += known ? ok : not_found;
        break;
      case 2:
        batch += "nonsense\n";
        expected += unknown;
        break;
      case 3:
      case 4:
        batch += "PUT " + name + ' ' + key + ' ' + std::to_string(i) + '\n';
        if (known)
          model[name][key] = std::to_string(i);
        expected += known ? ok : not_found;
        break;
      default:
        batch += "GET " + name + ' ' + key + "\r\n";
        expected += known ? model[name][key] + "\r\nOK\r\n" : not_found;
    }
  }
  std::string answers;
  for (size_t pos = 0; pos < batch.size();) {
    auto n = size_t{1} + pick(20'000);
    answers += talk(std::string_view{batch}.substr(pos, n));
    pos += n;
  }
  CHECK((answers == expected)); // in parentheses: not to be printed
}

TEST_CASE_METHOD(test::session_fixture,
                 "no line is handled while there is much to send", "[line]") {
  std::string value(100'000, 'v');
  CHECK(talk("CREATE b\nPUT b k " + value + "\n") == ok + ok);
  std::string batch;
  for (int i = 0; i < 100; ++i)
    batch += "GET b k\n";
  session->receive(batch);
  size_t answers = 0;
  auto answer = value + "\r\nOK\r\n";
  for (auto more = true; more;) {
    more = session->process(1000);
    auto& out = session->output();
    CHECK(out.size() <= line_session::max_output + answer.size());
    answers += out.size() / answer.size();
    out.clear();
  }
  CHECK(answers == 100);
}

TEST_CASE_METHOD(test::session_fixture, "a bucket that ended is not found",
                 "[line]") {
  CHECK(talk("CREATE b\nPUT b k 1\n") == ok + ok);
  auto bucket = *lookup("b");
  SECTION("when it is known to have ended") {
    kill(bucket);
    REQUIRE(await_event(event_kind::exit, bucket));
    CHECK(talk("GET b k\nPUT b k 1\nDELETE b k\n")
          == not_found + not_found + not_found);
    CHECK(talk("CREATE b\nGET b k\n") == ok + "\r\nOK\r\n");
  }
  SECTION("when it ends before it gets to the command") {
    {
      test::busy_bucket busy{sys, bucket};
      // Asked to end first, and it is: urgent ones overtake.
      auto* ptr = caf::actor_cast<caf::abstract_actor*>(bucket);
      ptr->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                   caf::make_message(caf::exit_msg{{}, caf::exit_reason::kill}),
                   nullptr);
      feed(session, "PUT b k 2\nGET b k\n");
      CHECK(session->waiting());
    }
    CHECK(await_answers(session) == not_found + not_found);
  }
}

TEST_CASE_METHOD(
  test::session_fixture,
  "a write waits for a bucket that another thread runs, and later "
  "lines wait behind it",
  "[line]") {
  CHECK(talk("CREATE b\n") == ok);
  {
    test::busy_bucket busy{sys, *lookup("b")};
    feed(session, "GET b busy\nPUT b k 1\nGET b k\nCREATE c\nnonsense\n");
    CHECK(session->waiting());
    CHECK(session->output() == "1\r\nOK\r\n");
    // Nothing but its answer wakes it up.
    feed(session, "GET b k\n");
    CHECK(session->waiting());
    CHECK(session->output() == "1\r\nOK\r\n");
  }
  CHECK(await_answers(session)
        == "1\r\nOK\r\nOK\r\n1\r\nOK\r\nOK\r\nUNKNOWN COMMAND\r\n1\r\nOK\r\n");
}

TEST_CASE_METHOD(test::session_fixture,
                 "a session that goes while it waits harms nobody", "[line]") {
  CHECK(talk("CREATE b\n") == ok);
  auto other = make_session();
  {
    test::busy_bucket busy{sys, *lookup("b")};
    feed(other, "PUT b k 1\n");
    CHECK(other->waiting());
    other.reset();
  }
  CHECK(run_posted()); // the late answer
  CHECK(talk("GET b k\n") == "1\r\nOK\r\n");
}

TEST_CASE_METHOD(test::session_fixture,
                 "an answer may arrive while the same thread handles another "
                 "session",
                 "[line]") {
  test::gate gate{sys};
  add_handler(gate.handler());
  auto other = make_session();
  CHECK(talk("nonsense\n") == unknown);
  feed(session, "CREATE a\nGET a k\n");
  CHECK(session->waiting());
  // The other session's PUT runs whatever the thread has queued: the gate, and
  // with it perhaps all that leads to the answer.
  auto& unit = host_unit::of_this_thread(sys);
  unit.send(gate.handler(), caf::flush_atom_v);
  feed(other, "PUT none k 1\nCREATE b\nGET b k\n");
  CHECK(await_answers(session) == ok + "\r\nOK\r\n");
  CHECK(await_answers(other) == not_found + ok + "\r\nOK\r\n");
}
