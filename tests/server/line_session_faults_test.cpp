// The line protocol while what it talks to dies.

#include "tests/server/session_fixture.hpp"

#include <atomic>
#include <thread>

using namespace kv;
using namespace std::literals;

namespace {

const std::string unknown = "UNKNOWN COMMAND\r\n";
const std::string ok = "OK\r\n";

tree_options lasting() {
  tree_options result;
  result.flags.intensity = 1000;
  result.flags.period = 1s;
  return result;
}

struct lasting_fixture : test::session_fixture {
  lasting_fixture() : session_fixture(lasting()) {
    // nop
  }
};

} // namespace

TEST_CASE_METHOD(lasting_fixture,
                 "a CREATE is answered while the registry restarts", "[line]") {
  for (int i = 0; i < 50; ++i) {
    auto name = "b" + std::to_string(i);
    kill(await_actor<registry_actor>(registry_state::name));
    REQUIRE(
      talk("CREATE " + name + "\nPUT " + name + " k 1\nGET " + name + " k\n")
      == ok + ok + "1\r\nOK\r\n");
  }
}

TEST_CASE_METHOD(lasting_fixture,
                 "every command gets one answer while buckets are killed",
                 "[line]") {
  std::atomic<bool> done = false;
  std::thread killer{[&] {
    while (!done)
      if (auto bucket = lookup("b"))
        kill(*bucket);
  }};
  std::string batch = "CREATE b\nPUT b k 1\nGET b k\nDELETE b k\nx\n";
  for (int i = 0; i < 500; ++i) {
    auto answers = talk(batch);
    REQUIRE(answers.starts_with(ok));
    REQUIRE(answers.ends_with(unknown));
    size_t lines = 0;
    for (auto c : answers)
      lines += c == '\n';
    // A GET that finds the bucket has two lines.
    auto twice = answers.find("\r\n\r\nOK\r\n") != std::string::npos
                 || answers.find("\r\n1\r\nOK\r\n") != std::string::npos;
    REQUIRE(lines == (twice ? 6U : 5U));
  }
  done = true;
  killer.join();
}

TEST_CASE_METHOD(test::session_fixture,
                 "commands fail with ERROR once the application has ended",
                 "[line]") {
  CHECK(talk("CREATE b\n") == ok);
  kill(app->root(), caf::exit_reason::user_shutdown);
  REQUIRE(app->wait(deadline));
  std::string error = "ERROR\r\n";
  CHECK(talk("CREATE c\nPUT b k 1\nGET b k\nDELETE b k\nx\n")
        == error + error + error + error + unknown);
  CHECK_FALSE(session->ended());
}
