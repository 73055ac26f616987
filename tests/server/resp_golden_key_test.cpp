// Walks, names and deadlines: replies compared with those of a redis-server.

#include "tests/server/resp_golden.hpp"

#include <set>

using namespace kv;
using namespace std::literals;

namespace {

/// Reads one reply, an aggregate flattened: lengths are left out.
void read_flat(test::line_client& peer, std::vector<std::string>& to) {
  auto line = peer.read_line();
  if (line.starts_with('*') || line.starts_with('%')) {
    auto n = std::stoi(line.substr(1)) * (line[0] == '%' ? 2 : 1);
    for (; n > 0; --n)
      read_flat(peer, to);
  } else if (line.starts_with('$')) {
    to.push_back(line == "$-1" ? "nil" : peer.read_line());
  } else {
    to.push_back(line);
  }
}

std::vector<std::string> ask_flat(test::line_client& peer,
                                  const std::string& request) {
  peer.send(request + "\r\n");
  std::vector<std::string> result;
  read_flat(peer, result);
  return result;
}

/// Walks to the end and returns what was shown, sorted.
std::multiset<std::string> walk(test::line_client& peer,
                                const std::string& command,
                                const std::string& options) {
  std::multiset<std::string> result;
  std::string cursor = "0";
  do {
    auto step = ask_flat(peer, command + " " + cursor + " " + options);
    cursor = step.at(0);
    result.insert(step.begin() + 1, step.end());
  } while (cursor != "0");
  return result;
}

} // namespace

TEST_CASE_METHOD(test::golden_fixture, "walks show what Redis's show",
                 "[resp]") {
  auto ours = connect();
  auto theirs = test::line_client{redis.port()};
  for (auto i = 0; i < 300; ++i)
    for (auto* peer : {&ours, &theirs}) {
      auto n = std::to_string(i);
      ask_flat(*peer, "SET string:" + n + " " + n);
      ask_flat(*peer, "HSET hash:" + n + " f " + n);
      ask_flat(*peer, "HSET wide field:" + n + " " + n);
    }
  for (const auto* options :
       {"", "COUNT 1", "COUNT 7", "COUNT 1000000", "MATCH *:1*",
        "MATCH nothing", "TYPE hash", "TYPE string COUNT 50", "TYPE list",
        "MATCH hash:2? TYPE hash COUNT 3"}) {
    INFO(options);
    auto shown = walk(ours, "SCAN", options);
    CHECK(shown == walk(theirs, "SCAN", options));
  }
  for (const auto* options : {"", "COUNT 7", "MATCH field:1*"})
    CHECK(walk(ours, "HSCAN wide", options)
          == walk(theirs, "HSCAN wide", options));
  compare(R"(
SCAN
SCAN x
SCAN 0 COUNT 0
SCAN 0 COUNT x
SCAN 0 MATCH
SCAN 0 WHAT x
HSCAN
HSCAN h 0 TYPE hash
SET s 1
HSCAN s 0
)");
}

TEST_CASE_METHOD(test::golden_fixture, "a walk goes on while others write",
                 "[resp]") {
  auto peer = connect();
  for (auto i = 0; i < 200; ++i)
    ask_flat(peer, "HSET h stays:" + std::to_string(i) + " 1");
  std::multiset<std::string> shown;
  std::string cursor = "0";
  auto i = 0;
  do {
    auto step = ask_flat(peer, "HSCAN h " + cursor + " COUNT 5 MATCH stays:*");
    cursor = step.at(0);
    shown.insert(step.begin() + 1, step.end());
    ask_flat(peer, "HSET h new:" + std::to_string(++i) + " 2");
    ask_flat(peer, "HDEL h new:" + std::to_string(i - 1));
  } while (cursor != "0");
  CHECK(i > 5); // it went in steps, of what lies together
  CHECK(shown.size() == 400);
  CHECK(shown.count("1") == 200);
  CHECK(shown.count("stays:77") == 1);
}

TEST_CASE_METHOD(test::golden_fixture, "names change as in Redis", "[resp]") {
  compare(R"(
RENAME a b
RENAMENX a b
SET a 1
RENAME a b
GET a
GET b
RENAME b b
RENAMENX b b
SET a 2
RENAMENX a b
RENAMENX a c
MGET a b c
HSET h f 1 g 2
RENAME h i
EXISTS h
HGET i f
HGET i g
RENAME i i
RENAMENX i i
RENAMENX i b
RENAMENX i j
TYPE i
HLEN j
RENAME b j
GET j
HSET h f 1
RENAME j h
TYPE h
SET k 1
HSET h2 f 1
RENAME h2 k
TYPE k
HGET k f
RENAME a
MULTI
SET x 1
RENAME x y
GET y
EXEC
OBJECT ENCODING none
OBJECT ENCODING y
SET text abc
OBJECT ENCODING text
OBJECT REFCOUNT text
OBJECT
MEMORY USAGE none
MEMORY USAGE text SAMPLES x
MEMORY USAGE text SAMPLES -1
MEMORY
)");
  auto peer = connect();
  ask_flat(peer, "HSET h f 1");
  ask_flat(peer, "SET s abc");
  CHECK(std::stoi(ask_flat(peer, "MEMORY USAGE h").at(0).substr(1)) > 100);
  CHECK(std::stoi(ask_flat(peer, "MEMORY USAGE s").at(0).substr(1)) > 50);
}

TEST_CASE_METHOD(test::golden_fixture, "names expire as in Redis", "[resp]") {
  compare(R"(
EXPIRE none 10
TTL none
PTTL none
EXPIRETIME none
PERSIST none
SET s 1
TTL s
PTTL s
EXPIRETIME s
EXPIRE s 100
TTL s
EXPIRE s 200 NX
EXPIRE s 200 XX
TTL s
EXPIRE s 100 GT
EXPIRE s 300 GT
EXPIRE s 400 LT
EXPIRE s 250 LT
TTL s
EXPIRE s x
EXPIRE s 10 WHAT
EXPIRE s x WHAT
EXPIRE s 10 NX XX
EXPIRE s 10 GT LT
EXPIRE s 9223372036854775807
PEXPIRE s 9223372036854775807
EXPIRE s
SET s 2
TTL s
EXPIREAT s 33177117420
EXPIRETIME s
PEXPIREAT s 33177117420123
PEXPIRETIME s
APPEND s x
EXPIRETIME s
SET s 3 KEEPTTL
EXPIRETIME s
GETSET s 4
TTL s
EXPIRE s 100
PERSIST s
PERSIST s
TTL s
EXPIRE s 100
RENAME s t
TTL t
EXPIRE t 0
EXISTS t
SET t 1
EXPIRE t -1
EXISTS t
SET t 1
EXPIREAT t 1
GET t
HSET h f 1
EXPIRE h 100
TTL h
HSET h f 2
TTL h
EXPIRETIME none
EXPIRE h 50 GT
EXPIRE h 150 GT
PERSIST h
TTL h
EXPIRE h 10 GT
EXPIRE h 10 LT
TTL h
EXPIREAT h 33177117420
EXPIRETIME h
EXPIRE h -1
EXISTS h
HSET h f 1
TTL h
DEL h
MULTI
HSET h f 1
EXPIRE h 100
TTL h
PERSIST h
TTL h
EXPIRE h 100
EXEC
TTL h
MULTI
HSET h f 1
EXPIRE h 0
EXEC
EXISTS h
MULTI
SET s 1
EXPIRE s 100
TTL s
EXEC
SET k 1 EX 100
TTL k
INCR k
TTL k
SETRANGE k 0 5
TTL k
GETEX k PERSIST
TTL k
SET k 1 PX 1
)",
          about);
}

TEST_CASE_METHOD(test::resp_fixture, "what has expired is not there",
                 "[resp]") {
  auto peer = connect();
  ask_flat(peer, "SET s 1 PX 30");
  ask_flat(peer, "HSET h f 1");
  ask_flat(peer, "PEXPIRE h 30");
  ask_flat(peer, "HSET g f 1 stays 1");
  CHECK(ask_flat(peer, "HPEXPIRE g 30 FIELDS 1 f") == std::vector{":1"s});
  auto latest = std::chrono::steady_clock::now() + deadline;
  while (ask_flat(peer, "EXISTS s h") != std::vector{":0"s}
         || ask_flat(peer, "HEXISTS g f") != std::vector{":0"s})
    REQUIRE(std::chrono::steady_clock::now() < latest);
  CHECK(ask_flat(peer, "GET s") == std::vector{"nil"s});
  CHECK(ask_flat(peer, "HGET h f") == std::vector{"nil"s});
  CHECK(ask_flat(peer, "HGETALL g") == std::vector{"stays"s, "1"s});
  CHECK(ask_flat(peer, "HSET h f 2") == std::vector{":1"s});
  CHECK(ask_flat(peer, "TTL h") == std::vector{":-1"s});
  // The memory is given back, and a bucket goes with its last field.
  ask_flat(peer, "HPEXPIRE g 1 FIELDS 1 stays");
  while (ask_flat(peer, "EXISTS g") != std::vector{":0"s} || lookup("g"))
    REQUIRE(std::chrono::steady_clock::now() < latest);
  while (client.tables().names.strings.size() > 0)
    REQUIRE(std::chrono::steady_clock::now() < latest);
}

TEST_CASE_METHOD(test::resp_fixture, "fields expire as Redis 7.4 has it",
                 "[resp]") {
  // There is no 7.4 to compare with: by hand, from its documentation.
  const std::vector<std::pair<std::string, std::string>> script{
    {"HEXPIRE none 10 FIELDS 2 a b", "*2\r\n:-2\r\n:-2\r\n"},
    {"HTTL none FIELDS 1 a", "*1\r\n:-2\r\n"},
    {"HPERSIST none FIELDS 1 a", "*1\r\n:-2\r\n"},
    {"HSET h a 1 b 2 c 3", ":3\r\n"},
    {"HTTL h FIELDS 2 a x", "*2\r\n:-1\r\n:-2\r\n"},
    {"HEXPIRE h 100 FIELDS 2 a x", "*2\r\n:1\r\n:-2\r\n"},
    {"HTTL h FIELDS 2 a b", "*2\r\n:100\r\n:-1\r\n"},
    {"HEXPIRE h 50 NX FIELDS 2 a b", "*2\r\n:0\r\n:1\r\n"},
    {"HEXPIRE h 50 XX FIELDS 2 a c", "*2\r\n:1\r\n:0\r\n"},
    {"HEXPIRE h 70 GT FIELDS 2 a c", "*2\r\n:1\r\n:0\r\n"},
    {"HEXPIRE h 60 GT FIELDS 1 a", "*1\r\n:0\r\n"},
    {"HEXPIRE h 60 LT FIELDS 2 a c", "*2\r\n:1\r\n:1\r\n"},
    {"HPERSIST h FIELDS 3 a c x", "*3\r\n:1\r\n:1\r\n:-2\r\n"},
    {"HPERSIST h FIELDS 1 a", "*1\r\n:-1\r\n"},
    {"HEXPIREAT h 33177117 FIELDS 1 a", "*1\r\n:2\r\n"},
    {"HEXISTS h a", ":0\r\n"},
    {"HPEXPIREAT h 33177117420123 FIELDS 1 b", "*1\r\n:1\r\n"},
    {"HPEXPIRETIME h FIELDS 1 b", "*1\r\n:33177117420123\r\n"},
    {"HEXPIRETIME h FIELDS 1 b", "*1\r\n:33177117421\r\n"},
    {"HINCRBY h b 1", ":3\r\n"},
    {"HPEXPIRETIME h FIELDS 1 b", "*1\r\n:33177117420123\r\n"},
    {"HSET h b 1", ":0\r\n"},
    {"HTTL h FIELDS 1 b", "*1\r\n:-1\r\n"},
    {"HEXPIRE h 0 FIELDS 2 b c", "*2\r\n:2\r\n:2\r\n"},
    {"EXISTS h", ":0\r\n"},
    {"HEXPIRE h x FIELDS 1 a",
     "-ERR value is not an integer or out of range\r\n"},
    {"HEXPIRE h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0\r\n"},
    {"HEXPIRE h 9223372036854775807 FIELDS 1 a",
     "-ERR invalid expire time in 'hexpire' command\r\n"},
    {"HEXPIRE h 1 WHAT 1 a", "-ERR Mandatory argument FIELDS is missing or not "
                             "at the right position\r\n"},
    {"HEXPIRE h 1 FIELDS 0 a",
     "-ERR Parameter `numFields` should be greater than 0\r\n"},
    {"HEXPIRE h 1 FIELDS 2 a", "-ERR The `numfields` parameter must match the "
                               "number of arguments\r\n"},
    {"HEXPIRE h 1 FIELDS 1",
     "-ERR wrong number of arguments for 'hexpire' command\r\n"},
    {"SET s 1", "+OK\r\n"},
    {"HTTL s FIELDS 1 a", "-WRONGTYPE Operation against a key holding the "
                          "wrong kind of value\r\n"},
  };
  auto about = test::golden_fixture::about;
  for (const auto& [request, reply] : script) {
    INFO(request);
    CHECK(about(talk(request + "\r\n")) == about(reply));
  }
}
