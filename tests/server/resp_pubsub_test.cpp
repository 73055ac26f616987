// Channels, notifications and the registry's events.

#include "tests/server/resp_golden.hpp"

using namespace kv;
using namespace std::literals;
using test::line_client;

namespace {

/// Returns what a connection says to `requests`, up to a marker.
std::string heard(line_client& peer, const std::string& requests) {
  peer.send(requests + "PING marker\r\n");
  std::string result;
  for (;;) {
    auto line = peer.read_line();
    result += line + '\n';
    if (line == "marker")
      return result;
  }
}

/// Has one client subscribe and another one speak, here and there.
struct pair {
  explicit pair(uint16_t port, const std::string& hello)
    : listener(port), speaker(port) {
    hear(hello);
  }

  std::string hear(const std::string& requests) {
    return heard(listener, requests);
  }

  std::string say(const std::string& requests) {
    return heard(speaker, requests);
  }

  line_client listener;
  line_client speaker;
};

} // namespace

TEST_CASE_METHOD(test::golden_fixture, "channels work as Redis's do",
                 "[resp]") {
  for (auto hello : {"HELLO 2\r\n"s, "HELLO 3\r\n"s}) {
    pair ours{port, hello};
    pair theirs{redis.port(), hello};
    auto hear = [&](const std::string& requests) {
      INFO(requests);
      CHECK(ours.hear(requests) == theirs.hear(requests));
    };
    auto say = [&](const std::string& requests) {
      INFO(requests);
      CHECK(ours.say(requests) == theirs.say(requests));
    };
    hear("SUBSCRIBE a b\r\nPSUBSCRIBE c* d?\r\nSUBSCRIBE a\r\n");
    say("PUBLISH a 1\r\nPUBLISH c:1 2\r\nPUBLISH none 3\r\nPUBLISH a\r\n"
        "PUBLISH d1 \"any \\x00 bytes\"\r\n");
    hear("");
    hear("UNSUBSCRIBE a nothing\r\n");
    say("PUBLISH a 4\r\nPUBLISH b 5\r\n");
    say("PUBSUB NUMSUB a b\r\nPUBSUB NUMPAT\r\nPUBSUB CHANNELS\r\nPUBSUB "
        "CHANNELS x*\r\nPUBSUB NUMSUB\r\n");
    hear("GET x\r\nSET x 1\r\n");
    hear("UNSUBSCRIBE\r\nPUNSUBSCRIBE c*\r\nPUNSUBSCRIBE\r\n");
    hear("UNSUBSCRIBE\r\nGET x\r\nDEL x\r\nSUBSCRIBE\r\n");
    hear("SUBSCRIBE a\r\nRESET\r\n");
    hear("GET x\r\n");
    say("PUBLISH a 6\r\nMULTI\r\nPUBLISH a 7\r\nEXEC\r\n");
    hear("SUBSCRIBE a\r\n");
    // Its own message: before the reply in RESP2 it could not be sent.
    if (hello == "HELLO 3\r\n")
      continue;
    say("PUBLISH a 8\r\n");
    hear("");
  }
}

TEST_CASE_METHOD(test::golden_fixture, "changes are published as Redis's are",
                 "[resp]") {
  compare(R"(
CONFIG GET notify-keyspace-events
CONFIG SET notify-keyspace-events KEA
CONFIG GET notify-keyspace-events
CONFIG SET notify-keyspace-events Kx
CONFIG GET notify-keyspace-events
CONFIG SET notify-keyspace-events xQ
CONFIG SET notify-keyspace-events
CONFIG SET none 1
CONFIG SET slowlog-max-len x
CONFIG SET notify-keyspace-events ""
CONFIG GET notify-keyspace-events
CONFIG SET a b c
)");
  pair ours{port, ""};
  pair theirs{redis.port(), ""};
  for (auto* x : {&ours, &theirs}) {
    x->say("CONFIG SET notify-keyspace-events KEA\r\n");
    x->hear("PSUBSCRIBE __key*\r\n");
  }
  for (const auto* request : {"SET s 1",
                              "SET s 1 EX 100",
                              "GET s",
                              "INCR s",
                              "APPEND s x",
                              "SETRANGE s 0 y",
                              "GETEX s PERSIST",
                              "EXPIRE s 100",
                              "PERSIST s",
                              "MSET a 1 b 2",
                              "SETNX a 1",
                              "GETSET a 1",
                              "GETDEL a",
                              "DEL b none",
                              "HSET h f 1 g 2",
                              "HINCRBY h f 1",
                              "HINCRBYFLOAT h f 1",
                              "HSETNX h f 1",
                              "HSETNX h x 1",
                              "HDEL h x y",
                              "EXPIRE h 100",
                              "RENAME s t",
                              "EXPIRE t -1",
                              "DEL h",
                              "SET s 1 EXAT 99999999999",
                              "UNLINK s"}) {
    INFO(request);
    ours.say(request + "\r\n"s);
    theirs.say(request + "\r\n"s);
    CHECK(ours.hear("") == theirs.hear(""));
  }
}

TEST_CASE_METHOD(test::resp_fixture, "what expires is published", "[resp]") {
  pair x{port, ""};
  x.say("CONFIG SET notify-keyspace-events Ex\r\n");
  x.hear("SUBSCRIBE __keyevent@0__:expired\r\n");
  x.say("SET s 1 PX 1\r\n");
  for (const auto* line :
       {"*3", "$7", "message", "$24", "__keyevent@0__:expired", "$1", "s"})
    CHECK((x.listener.read_line() == line || line == "$24"s));
}

TEST_CASE_METHOD(test::resp_fixture,
                 "the registry's events are a channel and a stream", "[resp]") {
  pair x{port, ""};
  x.hear("SUBSCRIBE kv:events\r\n");
  CHECK(x.say("XLEN kv:events\r\nXREAD STREAMS kv:events 0\r\n")
        == ":0\n*-1\n$6\nmarker\n");
  x.say("HSET b f 1\r\n");
  for (const auto* line :
       {"*3", "$7", "message", "$9", "kv:events", "$10", "1 create b"})
    CHECK(x.listener.read_line() == line);
  auto create = "*2\n$3\n1-0\n*4\n$5\nevent\n$6\ncreate\n$4\nname\n$1\nb\n"s;
  CHECK(x.say("XRANGE kv:events - +\r\n") == "*1\n" + create + "$6\nmarker\n");
  CHECK(x.say("XREAD COUNT 5 STREAMS kv:events 0\r\n")
        == "*1\n*2\n$9\nkv:events\n*1\n" + create + "$6\nmarker\n");
  for (const auto* none :
       {"XREAD STREAMS kv:events 1\r\n", "XREAD STREAMS kv:events $\r\n",
        "XREAD STREAMS other 0\r\n", "XREAD BLOCK 1 STREAMS kv:events $\r\n"})
    CHECK(x.say(none) == "*-1\n$6\nmarker\n");
  CHECK(x.say("XRANGE kv:events (1 +\r\n") == "*0\n$6\nmarker\n");
  // One waits, another one writes.
  x.speaker.send("XREAD BLOCK 0 STREAMS kv:events $\r\n");
  CHECK_FALSE(x.speaker.readable(20ms));
  auto other = connect();
  CHECK(other.ask("DEL b") == ":1");
  for (const auto* line : {"*1", "*2", "$9", "kv:events", "*1", "*2", "$3",
                           "2-0", "*6", "$5", "event", "$4", "exit"})
    CHECK(x.speaker.read_line() == line);
}

TEST_CASE_METHOD(test::resp_fixture, "the application can be looked into",
                 "[resp]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  CHECK(peer.ask("KV.KILL b") == ":1");
  CHECK(peer.ask("KV.KILL none") == ":0");
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (talk("KV.EVENTS 1\r\n").find("kill") == std::string::npos)
    REQUIRE(std::chrono::steady_clock::now() < latest);
  auto tables = talk("KV.TABLES\r\n");
  for (const auto* name : {"kv.registry", "kv.strings", "kv.events"})
    CHECK(tables.find(name) != std::string::npos);
  CHECK(talk("KV.TREE\r\n").find("kv.strings") != std::string::npos);
  CHECK(talk("KV.CRASHES\r\n").find("\"total\":1") != std::string::npos);
  // Nobody ends the strings.
  CHECK(peer.ask("SET kv.strings 1") == "+OK");
  CHECK(peer.ask("KV.KILL kv.strings") == ":0");
}

TEST_CASE_METHOD(test::resp_fixture, "requests that take long are remembered",
                 "[resp]") {
  auto peer = connect();
  CHECK(peer.ask("CONFIG SET slowlog-log-slower-than 0") == "+OK");
  CHECK(peer.ask("SET slow 1") == "+OK");
  CHECK(peer.ask("CONFIG SET slowlog-log-slower-than -1") == "+OK");
  auto log = talk("SLOWLOG GET -1\r\n");
  CHECK(log.find("slow") != std::string::npos);
  CHECK(peer.ask("SLOWLOG RESET") == "+OK");
  CHECK(peer.ask("SLOWLOG LEN") == ":0");
  CHECK(peer.ask("LATENCY LATEST") == "*0");
}
