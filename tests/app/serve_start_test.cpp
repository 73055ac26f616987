// What a signal does before `kv serve` is ready.

#include "tests/app/serve_fixture.hpp"

#include <cstring>

using namespace kv::app::test;

TEST_CASE("SIGTERM and SIGINT during the start end it in order", "[serve]") {
  for (auto number : {SIGTERM, SIGINT}) {
    auto name = std::string{"SIG"} + ::sigabbrev_np(number);
    process kv{{KV_STUCK_PROGRAM, name, "1000"}, "/"};
    CHECK(kv.wait() == 0);
    CHECK(kv.out().empty()); // it was never ready
    CHECK(kv.err()
          == "kv: signal " + std::to_string(number)
               + " has ended the start, nothing was served\n");
  }
}

TEST_CASE("a start that blocks ends in time, and who blocks is named",
          "[serve]") {
  process kv{{KV_STUCK_PROGRAM, "start", "1"}, "/"};
  CHECK(kv.read_line() == "blocked");
  kv.signal(SIGTERM);
  CHECK(kv.wait() == 70);
  auto said = kv.err();
  CHECK_THAT(said, Catch::StartsWith("kv: not ended within 1 s: "));
  CHECK_THAT(said, Catch::Contains("test.difficult (actor "));
  CHECK_THAT(said, Catch::Contains(") does not finish its start"));
}

TEST_CASE("a second signal during the start ends it at once", "[serve]") {
  process kv{{KV_STUCK_PROGRAM, "start", "1000"}, "/"};
  CHECK(kv.read_line() == "blocked");
  kv.signal(SIGTERM);
  await_default(kv.id(), SIGTERM);
  kv.signal(SIGTERM);
  CHECK(kv.wait() == -SIGTERM);
}

TEST_CASE("SIGHUP during the start does not end it", "[serve]") {
  process kv{{KV_STUCK_PROGRAM, "SIGHUP", "1000"}, "/"};
  kv.read_line();
  CHECK_THAT(kv.read_line(), Catch::StartsWith("ready"));
  kv.signal(SIGTERM);
  CHECK(kv.wait() == 0);
}
