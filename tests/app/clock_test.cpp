// The clock of the wall jumps while the program runs.

#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"

#include <filesystem>
#include <fstream>

using namespace kv::app::test;

namespace {

/// The program with a clock of the wall that we set; see wall_clock.cpp.
class clock_fixture {
public:
  clock_fixture()
    : kv({"--resp-port", "0"},
         {"env", "LD_PRELOAD=" KV_WALL_CLOCK, "KV_CLOCK=" + set(0)}),
      peer(kv.port_of("resp")) {
    // nop
  }

  /// Adds as many seconds to the time; returns the file that says so.
  static std::string set(int64_t seconds) {
    auto name = std::filesystem::current_path() / "clock";
    auto exists = std::filesystem::exists(name);
    std::fstream to{name, exists
                            ? std::ios::in | std::ios::out | std::ios::binary
                            : std::ios::out | std::ios::binary};
    to.write(reinterpret_cast<const char*>(&seconds), sizeof(seconds));
    return name;
  }

  int64_t number(const std::string& request) {
    auto answer = peer.ask(request);
    REQUIRE(answer.starts_with(":"));
    return std::stoll(answer.substr(1));
  }

  program kv;
  line_client peer;
};

} // namespace

// The sanitizers' libraries have to be the first.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("what expires does not mind a clock that jumps") {
  const scratch folder;
  clock_fixture x;
  CHECK(x.peer.ask("SET s 1 EX 1000") == "+OK");
  CHECK(x.peer.ask("HSET b f 1") == ":1");
  CHECK(x.peer.ask("EXPIRE b 2000") == ":1");
  CHECK(x.peer.ask("HEXPIRE b 3000 FIELDS 1 f").starts_with("*1"));
  CHECK(x.peer.read_line() == ":1");
  auto before = x.number("EXPIRETIME s");
  auto seconds = GENERATE(86'400, -3600);
  CAPTURE(seconds);
  clock_fixture::set(seconds);
  auto moved = x.number("EXPIRETIME s") - before;
  CHECK(moved >= seconds - 5);
  CHECK(moved <= seconds + 5);
  auto left = x.number("TTL s");
  CHECK(left <= 1000);
  CHECK(left > 900);
  left = x.number("TTL b");
  CHECK(left <= 2000);
  CHECK(left > 1900);
  CHECK(x.number("HLEN b") == 1);
  CHECK(x.number("DBSIZE") == 2);
  // What is given as a time of the wall goes by the new one.
  auto now = x.number("EXPIRETIME s");
  CHECK(x.number("EXPIREAT s " + std::to_string(now)) == 1);
  left = x.number("TTL s");
  CHECK(left <= 1000);
  CHECK(left > 900);
}
#endif
