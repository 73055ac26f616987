// Redis clients of a server that keeps its data.

#include "actors/kv/keeper.hpp"

#include "tests/server/resp_fixture.hpp"
#include "tests/support/memory_engine.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::literals;

namespace {

/// A keeper that is there before the application, and after it.
struct with_keeper {
  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  keeper kept{std::make_unique<memory_engine>(disk),
              {durability::always, true, std::chrono::milliseconds{1}}};

  void fail(const std::string& reason) const {
    std::lock_guard guard{disk->mtx};
    disk->failure = reason;
  }
};

struct kept_fixture : with_keeper, resp_fixture {};

/// Asks until the answer is this one.
bool becomes(line_client& peer, const std::string& request,
             const std::string& answer) {
  auto latest = std::chrono::steady_clock::now() + live_fixture::deadline;
  while (std::chrono::steady_clock::now() < latest)
    if (peer.ask(request) == answer)
      return true;
  return false;
}

} // namespace

TEST_CASE_METHOD(kept_fixture, "what Redis clients write is kept",
                 "[durable]") {
  CHECK(talk("HSET b f 1 g 2\r\nSET s v\r\nHDEL b g\r\nINCR n\r\n")
        == ":2\r\n+OK\r\n:1\r\n:1\r\n");
  std::lock_guard guard{disk->mtx};
  CHECK(disk->synced.buckets["b"].fields.size() == 1);
  CHECK(disk->synced.strings.fields["s"].first == "v");
  CHECK(disk->synced.strings.fields["n"].first == "1");
}

TEST_CASE_METHOD(kept_fixture, "a bucket that empties is not kept",
                 "[durable]") {
  CHECK(talk("HSET b f 1\r\nHDEL b f\r\nHSET c f 1\r\nDEL c\r\n")
        == ":1\r\n:1\r\n:1\r\n:1\r\n");
  std::lock_guard guard{disk->mtx};
  CHECK(disk->synced.buckets.empty());
}

TEST_CASE_METHOD(kept_fixture, "a transaction is kept as one change",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("SET a 0") == "+OK");
  size_t before = 0;
  {
    std::lock_guard guard{disk->mtx};
    before = disk->appends;
  }
  peer.send("MULTI\r\nSET a 1\r\nSET b 2\r\nSET c 3\r\nEXEC\r\n");
  for (auto answer :
       {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3", "+OK", "+OK", "+OK"})
    CHECK(peer.read_line() == answer);
  std::lock_guard guard{disk->mtx};
  CHECK(disk->appends == before + 1);
}

TEST_CASE_METHOD(kept_fixture, "what cannot be kept is said, and then refused",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  CHECK(peer.ask("SET s 1") == "+OK");
  fail("no space");
  auto said = "-MISCONF Errors writing to the data directory: "s;
  peer.send("HSET b f 2\r\nHGET b f\r\n");
  CHECK(peer.read_line().starts_with(said));
  CHECK(peer.read_line() == "$1"); // reads go on
  peer.read_line();
  CHECK(peer.ask("HSET b f 3").starts_with(said));
  CHECK(peer.ask("SET s 2").starts_with(said));
  CHECK(peer.ask("HSET other f 1").starts_with(said));
  CHECK(peer.ask("KV.CREATE other").starts_with(said));
  CHECK(peer.ask("HGET b f") == "$1");
  CHECK(peer.read_line() == "2");
  CHECK(peer.ask("GET s") == "$1");
  CHECK(peer.read_line() == "1");
  fail({});
  CHECK(becomes(peer, "SET s 3", "+OK"));
  std::lock_guard guard{disk->mtx};
  CHECK(disk->synced.buckets["b"].fields["f"].first == "2");
  CHECK(disk->synced.strings.fields["s"].first == "3");
}

TEST_CASE_METHOD(kept_fixture, "what need not be kept is not refused",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("KV.CREATE cache DURABILITY none") == "+OK");
  fail("no space");
  auto said = "-MISCONF Errors writing to the data directory: "s;
  CHECK(peer.ask("HSET b f 1").starts_with(said));
  CHECK(peer.ask("HSET b f 1").starts_with(said));
  CHECK(peer.ask("HSET cache f 1") == ":1");
  client.lookup("cache")->put("g", "2");
  CHECK(peer.ask("HLEN cache") == ":2");
  CHECK(peer.ask("HDEL cache f g") == ":2");
  CHECK(peer.ask("DEL cache").starts_with(said)); // its name is kept
  fail({});
}

TEST_CASE_METHOD(kept_fixture, "readers wait for a bucket that comes back",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  for (auto i = 0; i < 3; ++i) {
    std::optional<bucket_actor> bucket;
    auto latest = std::chrono::steady_clock::now() + live_fixture::deadline;
    while (!(bucket = lookup("b")))
      REQUIRE(std::chrono::steady_clock::now() < latest);
    caf::anon_send_exit(*bucket, caf::exit_reason::kill);
    // Whatever has happened by now: never that there is nothing.
    peer.send("HGET b f\r\n");
    auto line = peer.read_line();
    CAPTURE(line);
    REQUIRE(line == "$1");
    CHECK(peer.read_line() == "1");
  }
}

TEST_CASE_METHOD(kept_fixture, "deleting a bucket keeps nothing of it",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  CHECK(peer.ask("SET b v") == "+OK");
  CHECK(peer.ask("HSET c f 1") == ":1");
  CHECK(peer.ask("FLUSHALL") == "+OK");
  std::lock_guard guard{disk->mtx};
  CHECK(disk->synced.buckets.empty());
  CHECK(disk->synced.strings.fields.empty());
}

TEST_CASE_METHOD(kept_fixture, "stopping a bucket keeps nothing of it",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  CHECK(client.stop("b"));
  CHECK_FALSE(client.lookup("b"));
  CHECK_FALSE(client.stop("b"));
  {
    std::lock_guard guard{disk->mtx};
    CHECK(disk->synced.buckets.empty());
  }
  CHECK(peer.ask("HSET b f 1") == ":1");
}

TEST_CASE_METHOD(kept_fixture, "SAVE answers when all is on the disk",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("SET s 1") == "+OK");
  CHECK(peer.ask("SAVE") == "+OK");
  CHECK(peer.ask("BGSAVE") == "+Background saving started");
  auto last = peer.ask("LASTSAVE");
  CHECK(std::stoll(last.substr(1)) >= unix_now() / 1000 - 10);
  CHECK(talk("INFO persistence\r\n").find("aof_last_write_status:ok")
        != std::string::npos);
  fail("no space");
  CHECK(peer.ask("SAVE").starts_with("-MISCONF"));
  CHECK(talk("INFO persistence\r\n").find("aof_last_write_status:err")
        != std::string::npos);
}

TEST_CASE_METHOD(resp_fixture, "without a directory nothing is saved",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("SAVE").starts_with("-ERR there is no data directory"));
  CHECK(peer.ask("LASTSAVE") == ":0");
}

TEST_CASE_METHOD(kept_fixture, "KV.BACKUP answers once there is a copy",
                 "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("HSET b f 1") == ":1");
  peer.send("HSET b f 2\r\nKV.BACKUP /copy\r\nPING\r\n");
  CHECK(peer.read_line() == ":0");
  CHECK(peer.read_line() == "+OK");
  CHECK(peer.read_line() == "+PONG");
  CHECK(peer.ask("KV.BACKUP /copy")
        == "-ERR no backup was made: /copy: is not empty");
  CHECK(peer.ask("KV.BACKUP copy")
        == "-ERR the directory's name must begin with /");
  {
    std::lock_guard guard{disk->mtx};
    CHECK(disk->copies["/copy"].buckets["b"].fields["f"].first == "2");
  }
  fail("no space");
  CHECK(peer.ask("HSET b f 3")
        == "-MISCONF Errors writing to the data directory: no space");
  CHECK(peer.ask("KV.BACKUP /other") == "-ERR no backup was made: no space");
  fail({});
  CHECK(becomes(peer, "SET s 3", "+OK"));
}

TEST_CASE_METHOD(kept_fixture, "KV.CREATE takes a durability", "[durable]") {
  auto peer = connect();
  CHECK(peer.ask("KV.CREATE cache DURABILITY none") == "+OK");
  CHECK(peer.ask("HSET cache f 1") == ":1");
  CHECK(peer.ask("KV.CREATE cache DURABILITY NONE") == "+OK");
  CHECK(peer.ask("KV.CREATE cache DURABILITY always")
        == "-ERR there is cache with durability none");
  CHECK(peer.ask("KV.CREATE cache") == "+OK");
  CHECK(peer.ask("KV.CREATE b DURABILITY often")
        == "-ERR the durability is none, everysec or always");
  CHECK(peer.ask("KV.CREATE b DURABILITY") == "-ERR syntax error");
  CHECK(peer.ask("EXISTS b") == ":0");
  CHECK(peer.ask("HSET kept f 1") == ":1");
  std::lock_guard guard{disk->mtx};
  CHECK(disk->synced.buckets["cache"].fields.empty());
  CHECK(disk->synced.buckets["cache"].mode == durability::none);
  CHECK(disk->synced.buckets["kept"].fields.size() == 1);
}
