// SIGTERM to the end is bounded, whatever an actor does.

#include "tests/app/serve_fixture.hpp"

using namespace kv::app::test;

namespace {

// The time to stop is long enough for a busy machine to ask the child.
struct stuck {
  explicit stuck(const std::string& what, int seconds = 3)
    : kv({KV_STUCK_PROGRAM, what, std::to_string(seconds)}, "/") {
    std::string lines;
    for (auto n = what == "handler" ? 3 : 2; n > 0; --n)
      lines += kv.read_line() + '\n';
    CHECK_THAT(lines, Catch::Contains("\nready"));
    if (what == "handler")
      CHECK_THAT(lines, Catch::Contains("blocked\n"));
  }

  /// Returns what it says about the end, without the actor's number.
  std::string stop(int status) {
    kv.signal(SIGTERM);
    CHECK(kv.wait() == status);
    auto result = kv.err();
    auto begin = result.find("(actor ");
    if (begin == std::string::npos)
      return result;
    begin += std::string{"(actor "}.size();
    auto end = result.find_first_not_of("0123456789", begin);
    CHECK(end > begin);
    return result.replace(begin, end - begin, "N");
  }

  process kv;
};

} // namespace

TEST_CASE("a child that ignores a shutdown is killed", "[serve]") {
  CHECK(stuck{"ignores", 10}.stop(0).empty());
}

TEST_CASE("a handler that blocks is named, and the status is 70", "[serve]") {
  CHECK(stuck{"handler"}.stop(70)
        == "kv: not ended within 3 s: difficult (actor N, test.difficult) does "
           "not finish its handler of 'put', @str\n");
}

TEST_CASE("so is one that blocks while it is asked to end", "[serve]") {
  CHECK(stuck{"exit"}.stop(70)
        == "kv: not ended within 3 s: difficult (actor N, test.difficult) does "
           "not finish its handler of @exit\n");
  CHECK_THAT(stuck{"end"}.stop(70), Catch::Contains("actor N"));
}

TEST_CASE("so is one that has all the time it wants", "[serve]") {
  CHECK_THAT(stuck{"patience"}.stop(70),
             Catch::StartsWith(
               "kv: not ended within 3 s: difficult (actor N) still runs"));
}
